/** How far a download or preparation is; `total` is 0 where it is not known. */
export interface Progress {
  /** What is under way, such as `downloading gte-small`. */
  readonly activity: string;
  readonly done: number;
  readonly total: number;
}

export type OnProgress = (progress: Progress) => void;
