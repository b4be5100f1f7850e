// Serves the embedded upstream for a person, until interrupted:
//   node scripts/run.mjs test/support/upstream/hold.ts [FOLDER]
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { chartOverrides, releaseCharts } from './charts.ts'
import { releaseContent } from './release-content.ts'
import { startUpstream } from './upstream.ts'

const folder = path.resolve(process.argv[2] ?? '.')
const charts = await releaseCharts()
await using upstream = await startUpstream({ content: await releaseContent({ charts }) })
await writeFile(
  path.join(folder, 'embedded.yaml'),
  `# The shipped release, as the embedded upstream has it.\nextends: kubeedge-1.22.0\n${chartOverrides(charts)}`,
)
await writeFile(path.join(folder, 'embedded.config.yaml'), upstream.config)
process.stdout.write(`${upstream.origin} serves until Ctrl-C. In another terminal, in ${folder}:
  edgelift lock embedded.yaml --config embedded.config.yaml
  edgelift build embedded.yaml --config embedded.config.yaml
A release of your own starts with "extends: embedded".
up
`)
// A timer keeps the process alive: signals alone do not.
const alive = setInterval(() => {}, 60_000)
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
clearInterval(alive)
