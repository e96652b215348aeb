/** What it received, and which process answers. */
export async function POST(request: Request): Promise<Response> {
  return Response.json({ received: (await request.json()) as unknown, pid: process.pid });
}
