/** Of CloudCore and EdgeMesh (charts of KubeEdge v1.22.0 and EdgeMesh v1.17.0). */
export const NAMESPACE = 'kubeedge'
