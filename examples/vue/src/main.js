import throughline from 'throughline';
import { createApp } from 'vue';
import App from './App.vue';

// In development Vite passes /t on to a collector (vite.config.js); in production the web server does.
const { VITE_TOKEN = 'demo', VITE_COLLECTOR = '/t' } = import.meta.env;
throughline.init(VITE_TOKEN, { api_host: VITE_COLLECTOR, track_pageview: 'full-url' });

createApp(App).mount('#app');
