import { filesStep } from '../steps/files.ts'
import type { Step } from '../steps/step.ts'
import type { EdgeContext } from './context.ts'
import { edgecoreConfigStep } from './edgecore-config-step.ts'
import { imagesStep } from './image-step.ts'
import { joinStep } from './join-step.ts'
import { EDGECORE_UNIT_FILE } from './runtime-files.ts'
import { runtimeSteps } from './runtime-steps.ts'

/** The edge's installation in the guide's order (G40-G44). */
export function edgeSteps(context: EdgeContext): Step[] {
  return [
    ...runtimeSteps(context),
    imagesStep(context),
    edgecoreFilesStep(context),
    edgecoreConfigStep(context),
    joinStep(context),
  ]
}

function edgecoreFilesStep(context: EdgeContext): Step {
  return filesStep(context, {
    id: 'edgecore',
    title: { en: 'EdgeCore', zh: '安装 EdgeCore' },
    laid: [
      { from: 'edgecore', to: '/usr/local/bin/edgecore', mode: 0o755 },
      { from: 'keadm', to: '/usr/local/bin/keadm', mode: 0o755 },
    ],
    written: [EDGECORE_UNIT_FILE],
  })
}
