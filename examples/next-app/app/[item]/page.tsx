import { Shop } from '../shop';

export default async function Page({ params }: { params: Promise<{ item: string }> }) {
  const { item } = await params;
  return <Shop item={item} />;
}
