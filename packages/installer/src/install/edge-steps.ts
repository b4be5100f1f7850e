import { EDGECORE_UNIT_FILE } from '../containerd/files.ts'
import { runtimeSteps } from '../containerd/runtime-steps.ts'
import type { EdgeContext } from '../kubeedge/edge-context.ts'
import { imagesStep } from '../kubeedge/edge-images-step.ts'
import { edgecoreConfigStep } from '../kubeedge/edgecore-config-step.ts'
import { joinStep } from '../kubeedge/join-step.ts'
import { filesStep } from '../steps/files.ts'
import type { Step } from '../steps/step.ts'

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
