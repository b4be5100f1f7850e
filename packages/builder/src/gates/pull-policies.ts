import { visit } from './object-words.ts'
import { podsIn } from './pods.ts'

/** Where a pod's own containers and image volumes have it: `podsIn` tells those. */
const OF_A_POD =
  /\b((containers|initContainers|ephemeralContainers|sidecars|steps)\[\d+\]|container|script)\.imagePullPolicy$|\bvolumes\[\d+\]\.image\.pullPolicy$/

/**
 * Places outside of pods that set a pull policy of `Always`: a field of a custom resource, an argument or a variable of an
 * operator, the template of a container that is injected. Pods that are made of it ask a registry at every start.
 * @returns `Deployment x, spec.template.spec.containers[0].env[1].value`
 */
export function pullPoliciesIn(document: unknown): string[] {
  const found = visit(document, {
    word: (word, { object, path, hint }, text) =>
      /^always$/i.test(word) && /pull[-_]?policy/i.test(hint) && !OF_A_POD.test(path) && !isJudged(text)
        ? [`${object}, ${path}`]
        : [],
  })
  return [...new Set(found)]
}

/** Whether it is in a text of pods, which are told by their images. */
function isJudged(text: string): boolean {
  return podsIn(text).some(({ pulled }) => pulled.length > 0)
}
