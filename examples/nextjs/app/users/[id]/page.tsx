import { headers } from 'next/headers';

export default async function User({ params }: { readonly params: Promise<{ id: string }> }) {
  const { id } = await params;
  const host = (await headers()).get('host');
  return (
    <p>
      user {id} of {host}
    </p>
  );
}
