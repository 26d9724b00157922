/** Where waiting work stands: urgent work goes first, and bulk work of several callers takes turns. */
export interface Lanes<Item> {
  add(item: Item, caller: object | null): void;
  /** Puts an item back at the very front. */
  putBack(item: Item, caller: object | null): void;
  /** Takes the next urgent item. */
  readonly nextUrgent: () => Item | undefined;
  /** Takes the next item of the caller whose turn it is. */
  readonly nextBulk: () => Item | undefined;
  /** Takes the next item of this caller, whose turn it need not be, if it suits. */
  nextOf(caller: object | null, suits: (item: Item) => boolean): Item | undefined;
  remove(item: Item): void;
  /** Empties the lanes. */
  drain(): Item[];
  readonly waiting: number;
  /** How many of those that wait are urgent. */
  readonly urgent: number;
}

/** Lanes in which `caller` null means urgent. One caller's thousand texts do not hold up another's ten. */
export function createLanes<Item>(): Lanes<Item> {
  const urgent = new Set<Item>();
  const callers = new Map<object, Set<Item>>();
  let waiting = 0;
  const laneOf = (caller: object | null): Set<Item> => {
    if (caller === null) return urgent;
    const lane = callers.get(caller) ?? new Set<Item>();
    callers.set(caller, lane);
    return lane;
  };
  const take = (lane: Set<Item>, suits?: (item: Item) => boolean): Item | undefined => {
    const item = lane.values().next().value;
    if (item === undefined || suits?.(item) === false) return undefined;
    lane.delete(item);
    waiting -= 1;
    return item;
  };
  return {
    add(item, caller) {
      laneOf(caller).add(item);
      waiting += 1;
    },
    putBack(item, caller) {
      const lane = laneOf(caller);
      const behind = [...lane];
      lane.clear();
      for (const each of [item, ...behind]) lane.add(each);
      waiting += 1;
    },
    nextUrgent: () => take(urgent),
    nextBulk() {
      for (const [caller, lane] of callers) {
        const item = take(lane);
        callers.delete(caller);
        if (lane.size > 0) callers.set(caller, lane);
        if (item !== undefined) return item;
      }
      return undefined;
    },
    nextOf(caller, suits) {
      const lane = caller === null ? urgent : callers.get(caller);
      const item = lane && take(lane, suits);
      if (caller !== null && lane?.size === 0) callers.delete(caller);
      return item;
    },
    remove(item) {
      for (const lane of [urgent, ...callers.values()]) if (lane.delete(item)) waiting -= 1;
    },
    drain() {
      const items = [urgent, ...callers.values()].flatMap((lane) => [...lane]);
      urgent.clear();
      callers.clear();
      waiting = 0;
      return items;
    },
    get waiting() {
      return waiting;
    },
    get urgent() {
      return urgent.size;
    },
  };
}
