/** What systemd says in a unit's journal, always in English (src/core/job.c, service.c). */
const BY_ITSELF = /^\S+\.service: Scheduled restart job\b/
const START = /^Start(ing|ed) /

/**
 * The end of a unit's journal that says why it exits: its last run and, where systemd restarted it by itself, the one
 * before, since the last may have said nothing yet. What an earlier run said is no reason. Pure.
 */
export function lastRuns(journal: string): string {
  const lines = journal.split('\n')
  const runs = [{ from: 0, byItself: false }]
  let state: 'restarting' | 'Starting' | 'Started' = 'Started'
  for (const [from, line] of lines.entries()) {
    const said = START.exec(line)?.[0]
    if (BY_ITSELF.test(line)) {
      runs.push({ from, byItself: true })
      state = 'restarting'
    } else if (said !== undefined) {
      const now = said === 'Starting ' ? 'Starting' : 'Started'
      // A unit of type notify says both in one run.
      if (state === 'Started' || state === now) runs.push({ from, byItself: false })
      state = now
    }
  }
  const last = runs.at(-1)
  const first = last?.byItself === true ? runs.at(-2) : last
  return lines.slice(first?.from).join('\n')
}
