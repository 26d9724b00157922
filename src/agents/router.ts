import type { RoleName } from "./role.ts";

/**
 * The role that fits a task, told by its first words and by what failures look like. Where several parts are asked for,
 * or nothing tells, the orchestrator takes it: handing on costs a step, a wrong specialist costs the task.
 */
export function routeTask(task: string): RoleName {
  const text = task.trim();
  const parts = text.split(/\n\s*(?:[-*]|\d+[.)])\s+/).length - 1;
  if (parts >= 3) return "orchestrator";
  if (FAILURE.test(text)) return "debug";
  if (QUESTION.test(text)) return "ask";
  if (PLAN.test(text)) return "architect";
  if (CHANGE.test(text)) return "coder";
  return "orchestrator";
}

const FAILURE =
  /^(?:debug|diagnose|investigate|why (?:does|is|do|are|did)\b.*\b(?:fail|crash|hang|break|broken|wrong|slow|leak))|\b(?:traceback|stack ?trace|segfault|panicked at|unhandled rejection)\b|^\s*at .+:\d+:\d+\)?$|\b(?:test|build|ci)s? (?:is |are )?(?:fail|failing|broken|red)\b/im;
const QUESTION =
  /^(?:who|what|where|when|which|why|how|is|are|does|do|did|can|explain|describe|find|show|list|tell)\b|\?\s*$/i;
const PLAN = /^(?:plan|design|propose|outline|review|assess|compare|evaluate|architect)\b/i;
const CHANGE =
  /^(?:add|implement|write|create|change|refactor|rename|move|remove|delete|replace|update|upgrade|make|fix|mend|extract|inline|port|document|test|use|support|handle)\b/i;
