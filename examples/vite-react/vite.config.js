import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  base: './',
  server: { proxy: { '/t': { target: 'http://127.0.0.1:8080', rewrite: (path) => path.slice(2) } } },
});
