import { z } from "zod";
import { UserError } from "../../errors.ts";

const PLACE = z.object({
  path: z.string().min(1),
  start: z.number().int().positive().optional(),
  end: z.number().int().positive().optional(),
});

const QUESTION = z.object({
  id: z.coerce.string(),
  query: z.string().min(1),
  relevant: z.array(PLACE).min(1),
  /** What kind of question it is, such as `symbol`; figures are told per kind. */
  category: z.string().default("all"),
  lang: z.string().default("all"),
  set: z.string().default("all"),
  repo: z.string().default("all"),
});

/** A question with the files (and lines, where known) that answer it. */
export type Question = z.infer<typeof QUESTION>;

/**
 * Reads questions, one JSON object per line.
 * @throws UserError `request.questions` naming the first line that is not one.
 */
export function parseQuestions(text: string): Question[] {
  const questions = text
    .split(/\r?\n/)
    .flatMap((line, index) => (line.trim() === "" ? [] : [questionIn(line, index + 1)]));
  if (questions.length > 0) return questions;
  throw new UserError("request.questions", "There are no questions in the file.", { hint: FORM });
}

function questionIn(line: string, number: number): Question {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch (cause) {
    throw new UserError("request.questions", `Line ${number} is not JSON.`, { hint: FORM, cause });
  }
  const parsed = QUESTION.safeParse(row);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join(".") ?? "";
  throw new UserError("request.questions", `Line ${number} is no question: ${where} ${issue?.message ?? ""}`.trim(), {
    hint: FORM,
  });
}

const FORM =
  'One object per line: {"id":"1","query":"how are routes registered","relevant":[{"path":"src/router.ts"}]}';
