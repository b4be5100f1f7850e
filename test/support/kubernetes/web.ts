/** A Deployment and a Service `web-NODE` on a node: busybox's httpd, which says where it runs. */
export function web(node: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: web-${node}}
spec:
  selector: {matchLabels: {app: web-${node}}}
  template:
    metadata: {labels: {app: web-${node}}}
    spec:
      nodeName: ${node}
      containers:
        - name: web
          image: ${BUSYBOX}
          command: [sh, -c, "mkdir /www; echo hello from ${node} > /www/index.html; echo web-${node} is up; exec httpd -f -p 8080 -h /www"]
---
apiVersion: v1
kind: Service
metadata: {name: web-${node}}
spec: {selector: {app: web-${node}}, ports: [{port: 12345, targetPort: 8080}]}
`
}

export const BUSYBOX = 'docker.io/rancher/mirrored-library-busybox:1.36.1'
