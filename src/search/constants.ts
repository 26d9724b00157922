import type { CoverageWeights } from "./coverage.ts";
import type { PathRole } from "./path-role.ts";
import type { PoolWeights } from "./pool.ts";

/** Longest query that is read, in characters: a screen of pasted code; what follows adds terms but no meaning. */
export const MAX_QUERY_CHARACTERS = 8_000;
/** Most distinct terms looked up for one query: each costs a posting list, and 8,000 words would cost them all. */
export const MAX_QUERY_TERMS = 48;
/** Hits of one answer: ten is what people and the yardsticks look at; a hundred is what one answer can carry. */
export const DEFAULT_LIMIT = 10;
export const MAX_LIMIT = 100;
/** Candidates ranked: half as many lose 0.003 of NDCG@10, more gain nothing. */
export const CANDIDATES = 200;
/**
 * Tokens of text in one answer when the caller sets none: 60 for each of ten hits, the line that defines it and the lines
 * that matched. Of 336 questions 91 % are answered within 500 tokens read and 95 % within 2,000; with 1,000 tokens an
 * answer 86 % and 94 %.
 */
export const DEFAULT_ANSWER_TOKENS = 600;
/** The same for conversations: prose says less in a line than code does. */
export const CONVERSATION_ANSWER_TOKENS = 1_000;
/** Characters that make one token of code, on average; the usual rule of thumb of the models' vendors. */
export const CHARACTERS_PER_TOKEN = 4;
/** Longest wait for the query's vector when full text has already answered, in milliseconds: half of what feels instant. */
export const EMBED_WAIT_MS = 1_500;
/** Query vectors and rankings kept: an agent repeats and pages within a handful of queries. */
export const QUERY_VECTORS_KEPT = 256;
export const RANKINGS_KEPT = 32;

/**
 * Every number of the ranking. A part is switched off by its neutral value, which is how it is measured: the gains below
 * are those of NDCG@10 over 336 questions on 12 projects, beside vectors (`bench/retrieval.mjs`, whose README tells the
 * intervals too). Each number lies on a plateau: half or twice of it changes the mean by less than 0.01, so they are told in
 * one digit; chosen for each project on the others (leave one out) they lose 0.003 and, for subjects of commits, 0.002.
 */
export interface RankingWeights {
  /**
   * Finds by words from which the candidates are chosen by what their paths say: where the words of a question are common
   * ones, as they are in large projects, the file that bears its name is not among the first 200. Ten questions about one
   * of 5,700 files gain 0.100, those about smaller ones 0.002, and 0.005 by words alone.
   */
  readonly depth: number;
  /** Share of meaning against full text where both are fused before ranking; kinds of queries do not differ in it. */
  readonly vectorShare: number;
  /**
   * Where nearness is measured from the mean of all texts, since what they have in common tells nothing, and each side is
   * believed as far as it is sure; absent: nearness as it is, both brought to 0..1. Of 60 questions that share next to no word
   * with what answers them, planted in real logs, 39 instead of 24 are found in the first five sessions. Code is too varied:
   * measured from the mean, commits lose 0.010.
   */
  readonly pool?: PoolWeights;
  /**
   * What an exchange gains, as a rare word would give it, that says the query word for word, or touched a file which the
   * query names; 0 looks for none. Of 40 questions which session touched a file, 40 instead of 20 are answered by the first
   * hit; of 60 errors, pasted in part, 57 instead of 54.
   */
  readonly told: number;
  /** How that share grows where the best find by words says little of what is asked; absent: not at all. */
  readonly coverage?: CoverageWeights;
  /**
   * What a file gains whose nearest chunk is the nearest of all in meaning, in parts of the best score by words. Added
   * last: names and roles have told of the words already. Gains 0.016, where a share of 0.2 before ranking gains 0.002.
   */
  readonly meaning: number;
  /**
   * The same for a question in plain words of which the names of files and folders say nothing. Names are what makes words
   * tell more than meaning does: for one of 6,267 functions in files without telling names (CoSQA), words alone reach
   * 0.371, meaning alone 0.584; this takes both together from 0.462 to 0.576, and changes the other questions by less than 0.003.
   */
  readonly meaningUnnamed: number;
  /**
   * Added, in parts of the base score, when the chunk defines what the query names. Queries that name something defined in
   * one file gain 0.024 (540 of them, made of the indexes), other questions nothing that can be told from chance.
   */
  readonly definition: number;
  /** Added when the file bears the name that the query speaks of. Gains 0.032. */
  readonly fileStem: number;
  /** Added when a folder does. Gains 0.004, and 0.021 where a query names a folder beside a name that several files bear. */
  readonly folder: number;
  /** Added when the path bears what the query begins with, as in `net/http: …`. Gains 0.002, and 0.006 by words alone. */
  readonly scope: number;
  /**
   * How much a word of the same family counts in a name where the word itself is asked for (`serializer` for
   * `serialization`, `config` for `configuration`). Gains 0.007.
   */
  readonly related: number;
  /** Added for a path that the query gives, which must beat everything else together. Queries that give one gain 0.07. */
  readonly path: number;
  /**
   * Share of the scores of a file's other hits that each of its hits gains. Gains 0.010; twice as much gains questions 0.003
   * and loses commits 0.008, since it favours large files.
   */
  readonly coherence: number;
  /** Each further hit of one file counts this much of the one before. Gains 0.045. */
  readonly saturation: number;
  /**
   * Factors by the part that a file plays. Tests gain 0.030, docs 0.018, examples 0.014, the others 0.002 to 0.004; vendored
   * code 0.029 where one of these projects lies in another.
   */
  readonly roles: Readonly<Record<PathRole, number>>;
}

export const RANKING: RankingWeights = {
  depth: 600,
  vectorShare: 0,
  told: 0,
  meaning: 0.25,
  meaningUnnamed: 1.75,
  definition: 0.4,
  fileStem: 0.6,
  folder: 0.2,
  scope: 1,
  related: 0.75,
  path: 2,
  coherence: 0.1,
  saturation: 0.3,
  roles: {
    source: 1,
    test: 0.3,
    docs: 0.3,
    example: 0.3,
    vendored: 0.3,
    generated: 0.3,
    data: 0.3,
    declaration: 0.3,
  },
};

/** For code that is looked for as it is written: what names, paths and the rest of a file say does not count. */
export const NAMELESS = { definition: 0, fileStem: 0, folder: 0, scope: 0, path: 0, coherence: 0 } as const;

/**
 * Conversations are prose: names and paths say nothing, so only words and meaning count. Measured on 86 questions over real
 * logs, and on questions that share next to no word with what answers them, planted in those logs and in 1,000 made ones.
 * Shares from 0.2 to 0.3, scales of 1.5 and 2 for words and of 0.3 to 0.5 for meaning change hit@5 of each kind by two
 * questions at most.
 */
export const CONVERSATION_RANKING: RankingWeights = {
  ...RANKING,
  depth: CANDIDATES,
  vectorShare: 0.3,
  pool: { words: 1.5, meaning: 0.4 },
  told: 6,
  coverage: { share: 0.95, from: 0.4, to: 0.8 },
};

export const CONVERSATION_WEIGHTS = {
  /** Several hits in a session say that it is about the query; more than this lets long sessions win by their length. */
  coherence: 0.05,
  /** Each further find of a session: it is read on from the first. Ten hits are of nine sessions so, of seven with 0.5. */
  saturation: 0.1,
  /** How much likelier a session of today is meant than one of long ago, beyond 1: too little to hide the better one. */
  recency: 0.5,
  /** Age at which half of that is gone: agents' logs are kept for 30 days. */
  recencyHalfLifeDays: 30,
  /** How much likelier the project at hand is meant: people mostly ask about what they are in, and can name another. */
  currentProject: 2,
} as const;
