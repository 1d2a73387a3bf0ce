'use client';

import { usePathname } from 'next/navigation';
import { usePageViews } from 'throughline/react';

export function PageViews() {
  usePageViews(usePathname());
  return null;
}
