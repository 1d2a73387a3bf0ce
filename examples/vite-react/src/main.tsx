import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ThroughlineProvider } from 'throughline/react';
import { Shop } from './shop';

// In development Vite passes /t on to a collector (vite.config.js); in production the web server does.
const { VITE_TOKEN = 'demo', VITE_COLLECTOR = '/t' } = import.meta.env;
const config = { api_host: VITE_COLLECTOR };

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <ThroughlineProvider token={VITE_TOKEN} config={config}>
      <Shop />
    </ThroughlineProvider>
  </StrictMode>,
);
