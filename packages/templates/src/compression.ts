/** How responses are compressed. conf/compression.conf.hbs lays it out. */
import type { HttpdBuild } from '@httpd-express/httpd-detect';

/** The filters, best first: each leaves what is compressed already, or what the client did not ask for, as it is. */
export function compressionContext({ sharedModules, staticModules }: HttpdBuild) {
  const hasBrotli = [...sharedModules, ...staticModules].includes('brotli');
  return {
    filters: [
      ...(hasBrotli ? [{ name: 'express_brotli', provider: 'BROTLI_COMPRESS' }] : []),
      { name: 'express_deflate', provider: 'DEFLATE' },
    ],
  };
}
