import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ getClientAddress }) => ({
  address: getClientAddress(),
  // A promise is streamed: the page arrives before it settles.
  slow: new Promise<string>((resolve) => setTimeout(resolve, 1500, 'the slow part')),
});

export const actions: Actions = {
  default: async ({ request }) => {
    const name = (await request.formData()).get('name');
    return { greeting: `Hello ${typeof name === 'string' ? name : 'nobody'}` };
  },
};
