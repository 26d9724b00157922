/** Which candidates are of one file. */
export interface Files {
  /** By the place of a candidate: the number of its file among theirs, from 0. */
  readonly of: Uint32Array;
  readonly count: number;
  /** By the number of a file: how many are of it. */
  readonly sizes: Uint32Array;
}

/** Numbers the files of candidates, of which `keys` tells any number each. */
export function filesOf(keys: ArrayLike<number>): Files {
  const numbers = new Map<number, number>();
  const of = new Uint32Array(keys.length);
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] ?? 0;
    let number = numbers.get(key);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(key, number);
    }
    of[at] = number;
  }
  const sizes = new Uint32Array(numbers.size);
  for (const file of of) sizes[file] = (sizes[file] ?? 0) + 1;
  return { of, count: numbers.size, sizes };
}
