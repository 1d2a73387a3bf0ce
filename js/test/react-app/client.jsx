import { createRoot, hydrateRoot } from 'react-dom/client';
import throughline from 'throughline';
import { App, navigate } from './app.jsx';

const { token, config } = window.shop;
const root = document.getElementById('root');
window.inits = 0;
const { init } = throughline;
throughline.init = (...args) => {
  window.inits++;
  return init(...args);
};
window.problems = [];
const onRecoverableError = (error) => window.problems.push(String(error));
const app = <App token={token} config={config} />;
if (root.firstChild) hydrateRoot(root, app, { onRecoverableError });
else createRoot(root).render(app);
Object.assign(window, { throughline, navigate });
