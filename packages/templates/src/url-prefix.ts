/** `/static/` → `/static`, `/` → nothing: what a URL below it starts with. */
export function urlPrefix(url: string): string {
  return `/${url}`.replace(/\/+/g, '/').replace(/\/$/, '');
}
