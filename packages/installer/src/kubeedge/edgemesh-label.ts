/** Keeps EdgeMesh off a service; set on the API's own before EdgeMesh comes (EdgeMesh docs/guide, "Prerequisites"). */
export const EDGEMESH_LABEL = 'service.edgemesh.kubeedge.io/service-proxy-name'
