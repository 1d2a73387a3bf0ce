import 'throughline';

// The events of this site: `track` accepts no others.
declare module 'throughline' {
  interface Events {
    'Item Viewed': { item: string };
    'Signed Up': { plan: 'free' | 'pro' };
    Bought: { item: string; price: number };
  }
}
