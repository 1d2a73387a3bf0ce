import type { ReactNode } from 'react';
import { ThroughlineProvider } from 'throughline/react';
import { PageViews } from './page-views';

const token = process.env.TOKEN ?? 'demo';

// A server component: the provider is one of the client.
export default function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <ThroughlineProvider token={token} config={{ api_host: '/t' }}>
          <PageViews />
          {children}
        </ThroughlineProvider>
      </body>
    </html>
  );
}
