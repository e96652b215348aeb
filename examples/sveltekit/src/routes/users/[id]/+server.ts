import { json } from '@sveltejs/kit';

import type { RequestHandler } from './$types';

export const GET: RequestHandler = ({ params, url }) => json({ id: params.id, url: url.href });
