import type { PlatformName, RequirerName, Role } from '@edgelift/bundle'
import { requirerText } from '@edgelift/bundle'
import { formatReference, parseReference } from '@edgelift/oci'
import { error, type Finding, warning } from '../findings.ts'
import { type Imageless, imagelessIn } from './imageless.ts'
import type { ReadObjects } from './kubernetes-yaml.ts'
import { type MentionedImage, mentionedImages } from './mentioned-images.ts'
import { rolesOfPod } from './pod-roles.ts'
import { type FoundPod, podsIn } from './pods.ts'
import { pullPoliciesIn } from './pull-policies.ts'
import type { ImageRequirement } from './requirement.ts'
import { type UnservedKind, unservedIn } from './unserved-kinds.ts'

/** Where a text of Kubernetes objects comes from. */
export interface ObjectSource {
  readonly requirer: RequirerName
  /** The part of the release, for findings: `charts.cloudcore`. */
  readonly where: string
  readonly platform: PlatformName
  /** Its pods may pull images: the release says that the nodes reach a registry. */
  readonly mayPull: boolean
  /** Texts that the release says are no images. */
  readonly notImages: ReadonlySet<string>
  /** What the cluster serves (`apps/v1/Deployment`) by the time it is sent there; undefined where that is not known. */
  readonly served?: ReadonlySet<string>
}

/** An image that a text speaks of in a place where no pod is. */
export interface SourcedMention extends MentionedImage {
  readonly source: ObjectSource
}

export interface ObjectRequirements {
  readonly requirements: readonly ImageRequirement[]
  readonly mentioned: readonly SourcedMention[]
  readonly findings: readonly Finding[]
}

/** The images that Kubernetes objects ask for, for each role where their pods can run. */
export function requirementsIn(objects: ReadObjects, source: ObjectSource): ObjectRequirements {
  if ('reason' in objects) {
    return { requirements: [], mentioned: [], findings: [unreadable(source, objects.reason)] }
  }
  const pods = podsIn(objects)
  const found = pods.map((pod) => requirementsOf(pod, source))
  // A pod's image has been judged, also that of a pod that runs on none of our nodes.
  const judged = new Set(pods.flatMap(({ images }) => images))
  return {
    requirements: found.flatMap(({ requirements }) => requirements),
    mentioned: mentionedImages(objects)
      .filter(({ text }) => !judged.has(text))
      .map((mention) => ({ ...mention, source })),
    findings: [
      ...found.flatMap(({ findings }) => findings),
      // A file may hold a patch, which has no images; what a chart renders is sent to the API server.
      ...(source.requirer.kind === 'chart' ? imagelessIn(objects) : []).map((one) => imageless(source, one)),
      ...(source.served === undefined ? [] : unservedIn(objects, source.served)).map((one) =>
        unserved(source, one),
      ),
      ...(source.mayPull ? [] : pullPoliciesIn(objects)).map((place) => pullsElsewhere(source, place)),
    ],
  }
}

function requirementsOf(pod: FoundPod, source: ObjectSource): Omit<ObjectRequirements, 'mentioned'> {
  const roles = rolesOfPod(pod.scheduling, source.platform)
  const requirer = { ...source.requirer, detail: pod.owner }
  const findings: Finding[] = []
  const images = pod.images.filter((image) => !source.notImages.has(image))
  const requirements = images.flatMap((image) => {
    const reference = fixed(image)
    if (reference === undefined) {
      findings.push(unusable(source, requirer, image))
      return []
    }
    if (pod.pulled.includes(image) && !source.mayPull && roles.length > 0) {
      findings.push(pulled(source, requirer, image))
    }
    return roles.map((role: Role) => ({ reference, role, requirer }))
  })
  return { requirements, findings }
}

/** The canonical form of an image with a fixed tag. */
function fixed(image: string): string | undefined {
  try {
    const reference = parseReference(image)
    return reference.digest === undefined && reference.tag !== 'latest'
      ? formatReference(reference)
      : undefined
  } catch {
    return undefined // the finding names it
  }
}

function unreadable({ requirer, where }: ObjectSource, reason: string): Finding {
  return error('CHART_UNRENDERED', where, {
    en: `${requirerText(requirer, 'en')} contains invalid YAML: ${reason}`,
    zh: `${requirerText(requirer, 'zh')} 含有无效的 YAML：${reason}`,
  })
}

function unusable({ where }: ObjectSource, requirer: RequirerName, image: string): Finding {
  const [en, zh] = image.includes('@')
    ? [
        'an imported image is known by its tag alone; name a tag in the values',
        '导入的镜像只能按标签引用；请在 values 中使用标签',
      ]
    : [
        'an archive can only hold images with a fixed tag; set one in the values. If another program replaces this text when the pod starts, list it in "notImages" and add the real image to "images"',
        '离线包只能包含固定标签的镜像；请在 values 中设置。若该文本在 Pod 启动时由其他程序替换，请将其列入 "notImages"，并在 "images" 中加入真实镜像',
      ]
  return error('REFERENCE', where, {
    en: `${requirerText(requirer, 'en')} asks for "${image}": ${en}`,
    zh: `${requirerText(requirer, 'zh')} 需要 "${image}"：${zh}`,
  })
}

function imageless({ where, requirer }: ObjectSource, { owner, container }: Imageless): Finding {
  const by = { ...requirer, detail: owner }
  return error('REFERENCE', where, {
    en: `${requirerText(by, 'en')} has no image for its container ${container}, which Kubernetes refuses; set the image in the values`,
    zh: `${requirerText(by, 'zh')} 的容器 ${container} 没有镜像，Kubernetes 会拒绝；请在 values 中设置镜像`,
  })
}

function unserved({ where, requirer }: ObjectSource, { apiVersion, kind, owner }: UnservedKind): Finding {
  const by = { ...requirer, detail: owner }
  return warning('KIND_UNSERVED', where, {
    en: `${requirerText(by, 'en')} is a ${kind} of ${apiVersion}, which this K3s does not serve and no CRD in the archive adds: helm installs nothing of such a chart; use a chart for this version, disable this part in the values, or add the CRD to "files"`,
    zh: `${requirerText(by, 'zh')} 使用 ${apiVersion} 的 ${kind}，该 K3s 不提供此类型，离线包中也没有相应 CRD：helm 将无法安装该 chart；请改用适配此版本的 chart，在 values 中关闭该部分，或将 CRD 加入 "files"`,
  })
}

function pullsElsewhere({ requirer, where }: ObjectSource, place: string): Finding {
  return warning('PULL_ALWAYS', where, {
    en: `${requirerText(requirer, 'en')} sets a pull policy of Always (${place}): without a registry, pods that are created with it do not start, although their images are on the node; set IfNotPresent in the values, or "mayPull: true" for this part where the nodes reach a registry`,
    zh: `${requirerText(requirer, 'zh')} 将镜像拉取策略设为 Always（${place}）：节点上虽有镜像，但连不上镜像仓库时，据此创建的 Pod 无法启动；请在 values 中改为 IfNotPresent，若节点能访问镜像仓库，可对该部分设置 "mayPull: true"`,
  })
}

function pulled({ where }: ObjectSource, requirer: RequirerName, image: string): Finding {
  return error('PULL_ALWAYS', where, {
    en: `${requirerText(requirer, 'en')} has imagePullPolicy: Always for ${image}: without a registry its pods do not start, although the image is on the node; set IfNotPresent in the values, or "mayPull: true" for this part where the nodes reach a registry`,
    zh: `${requirerText(requirer, 'zh')} 对 ${image} 使用 imagePullPolicy: Always：节点上虽有该镜像，但连不上镜像仓库时 Pod 无法启动；请在 values 中改为 IfNotPresent，若节点能访问镜像仓库，可对该部分设置 "mayPull: true"`,
  })
}
