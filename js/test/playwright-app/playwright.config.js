// The configuration of a site's browser tests. SHOP_URL is where its server listens.

import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.js',
  workers: 1,
  use: {
    baseURL: process.env.SHOP_URL,
    launchOptions: { executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] },
    throughlineOptions: { apiHosts: ['https://collect.shop.example'] },
  },
});
