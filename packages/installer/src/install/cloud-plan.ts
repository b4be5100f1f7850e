import { archOf, k3sPath, PATHS } from '@edgelift/bundle'
import { restoreCluster } from '../backup/restore-step.ts'
import { k3sCertificates } from '../k3s/certificates-step.ts'
import { K3S_CONTAINERD_FILE, K3S_UNIT_FILE, k3sConfig } from '../k3s/files.ts'
import { imageFiles } from '../k3s/image-files.ts'
import { cloudLinks, k3sLinks } from '../k3s/links-step.ts'
import { K3S_FOLDERS, K3S_TREES } from '../k3s/places.ts'
import { k3sPrograms } from '../k3s/programs-step.ts'
import { k3sScripts } from '../k3s/scripts.ts'
import { k3sStart } from '../k3s/start-step.ts'
import { K3S, K3S_CLUSTER } from '../kube/access.ts'
import { SOON } from '../node/certificate-end.ts'
import { files } from '../steps/files.ts'
import type { Step } from '../steps/step.ts'
import type { Bundle } from './bundle.ts'
import { type CloudChoice, kubeEdgePlan } from './kubeedge-plan.ts'

/** The cloud's installation in the guide's order (G20-G28, with 5.5 before EdgeMesh and 6.5 inside CloudCore's values). */
export function cloudPlan(choice: CloudChoice, { directory, manifest }: Bundle): Step[] {
  const { settings } = choice
  return [
    files({
      id: 'k3s',
      title: { en: 'install K3s: program, configuration, unit', zh: '安装 K3s：程序、配置、服务' },
      packed: [
        { from: k3sPath(archOf(manifest.platform)), to: K3S, mode: 0o755 },
        { from: PATHS.keadm, to: '/usr/local/bin/keadm', mode: 0o755 },
      ],
      generated: [...k3sConfig(settings), K3S_UNIT_FILE, K3S_CONTAINERD_FILE, ...k3sScripts(directory)],
      trees: K3S_TREES,
      folders: K3S_FOLDERS,
    }),
    files({
      id: 'k3s-images',
      title: { en: "copy images to K3s' images directory", zh: '将镜像复制到 K3s 镜像目录' },
      packed: imageFiles(manifest),
      generated: [],
    }),
    k3sLinks({ links: cloudLinks(helmOf({ directory, manifest })) }),
    ...(choice.restore === undefined
      ? []
      : [restoreCluster({ from: choice.restore, pskFile: choice.pskFile })]),
    k3sPrograms({}),
    k3sCertificates({ days: SOON, nodeName: settings.nodeName }),
    k3sStart({
      nodeName: settings.nodeName,
      images: manifest.images.map(({ reference, digest }) => ({ reference, digest })),
    }),
    ...kubeEdgePlan(K3S_CLUSTER, choice, manifest),
  ]
}

function helmOf({ directory, manifest }: Bundle): string | undefined {
  return manifest.files.some((file) => file.path === PATHS.helm) ? `${directory}/${PATHS.helm}` : undefined
}
