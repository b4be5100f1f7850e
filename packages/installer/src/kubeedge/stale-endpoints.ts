/**
 * What is known of Endpoints that an edge keeps from before a start of CloudCore, and how they are healed. EdgeCore
 * announces its watches when one opens or closes, not when it reconnects; until then CloudCore has no handler for
 * Endpoints and sends them without `kind`, which EdgeCore drops and acknowledges. Any change of an Endpoints object
 * heals it, once CloudCore has a handler and the edge is connected (KubeEdge 1.22.0, seen; kubeedge/kubeedge#6464).
 */

/** The annotation whose change makes CloudCore send an Endpoints object again. */
export const REFRESHED = 'edgelift.io/refreshed'

/** Seconds until everything is sent once more: what reaches an edge right after it has connected can be lost. */
export const REPEAT = 10

/** CloudCore's log says so as soon as it has a handler for Endpoints. */
export const HANDLER = 'prepare a new resourceEventHandler(/v1, Resource=endpoints)'

/** CloudCore's log names each edge that connects. */
export const CONNECTED = /edge node (\S+) for project \S+ connected/

/**
 * A watch at an edge's metaServer that selects nothing. No other client has it, so EdgeCore has to announce it, and with
 * its end all the others.
 */
export const EMPTY_WATCH = '/api/v1/namespaces/default/endpoints?watch=true&labelSelector=edgelift.io%2Fnone'

/** The line with which a person heals every service. @param kubectl as it is called on the cloud */
export function refreshByHand(kubectl: string): string {
  return `${kubectl} annotate endpoints --all -A ${REFRESHED}="$(date +%s)" --overwrite`
}
