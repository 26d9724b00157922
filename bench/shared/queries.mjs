const WORDS = [
  "parse request",
  "error handling",
  "retry with backoff",
  "create server",
  "validate schema",
  "stream response",
  "read file",
  "cache",
  "format date",
  "main entry",
];

/** 60 queries that any project may be asked. */
export const QUERIES = Array.from(
  { length: 60 },
  (_, index) => `${WORDS[index % WORDS.length]} ${WORDS[(index * 7 + 3) % WORDS.length]}`,
);
