module edgelift.test/metrics-server

go 1.24.3
