import type { NextConfig } from 'next';

const collector = process.env.COLLECTOR ?? 'http://127.0.0.1:8080';

const config: NextConfig = {
  // Events go to a path of the site's own. The collector's paths end with a slash.
  skipTrailingSlashRedirect: true,
  rewrites: async () => [{ source: '/t/:path*', destination: `${collector}/:path*/` }],
};

export default config;
