// Compiled by playwright-fixture.test.mjs, not run.

import { test as base, expect } from '@playwright/test';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import {
  routeToEndpoint,
  Session,
  startEndpoint,
  type ThroughlineFixtures,
  type ThroughlineWorkerFixtures,
  throughlineFixtures,
} from 'throughline/playwright';

const test = base.extend<ThroughlineFixtures, ThroughlineWorkerFixtures>(
  throughlineFixtures({ apiHosts: ['https://collect.example'], failOnMisuse: true, except: ['alias_taken'] }),
);

test('the fixture', async ({ page, throughline, throughlineEndpoint }) => {
  await page.goto('/');
  const { distinct_id } = await throughline.waitForEvent('Paid', { sum: expect.any(Number) }, { timeout: 100 });
  expect((await throughline.person(distinct_id)).ids.length).toBe(1);
  expect(throughlineEndpoint.port).toBe(1);
});

test('without the fixture', async () => {
  const endpoint = await startEndpoint({ apiHosts: ['https://collect.example'] });
  const session = new Session(endpoint);
  const context = await (await chromium.launch({ args: [...endpoint.chromiumArgs] })).newContext();
  await session.watch(context);
  await routeToEndpoint(context, endpoint);
  const page = await (await puppeteer.launch({ args: [...endpoint.chromiumArgs] })).newPage();
  await session.watch(page);
});
