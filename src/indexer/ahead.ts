/**
 * Maps an async sequence with up to `depth` calls of `map` under way, yielding results in the order of the inputs. The
 * source is read only as fast as results are taken, so memory is bounded by `depth` items.
 */
export async function* mapAhead<Item, Result>(
  source: AsyncIterable<Item>,
  depth: number,
  map: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const underWay: Promise<Result>[] = [];
  try {
    for await (const item of source) {
      const result = map(item);
      // A failure is thrown where the result is awaited; until then it must not count as unhandled.
      result.catch(() => {});
      underWay.push(result);
      if (underWay.length >= depth) yield await takeFirst(underWay);
    }
    while (underWay.length > 0) yield await takeFirst(underWay);
  } finally {
    await Promise.allSettled(underWay);
  }
}

async function takeFirst<Result>(underWay: Promise<Result>[]): Promise<Result> {
  const first = underWay.shift();
  if (first === undefined) throw new RangeError("nothing is under way");
  return await first;
}
