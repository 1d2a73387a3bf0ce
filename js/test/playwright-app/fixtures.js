import { test as base, expect } from '@playwright/test';
import { throughlineFixtures } from 'throughline/playwright';

export const test = base.extend(throughlineFixtures());
export { expect };
