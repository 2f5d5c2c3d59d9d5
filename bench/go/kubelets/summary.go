package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
)

const mark = "\x01"

type object = map[string]any

// parts has the text of /stats/summary between its numbers, by pods: 60 to 80 kB for 15 to 19, indented by one blank as in kubelets.
var parts = sync.OnceValue(func() map[int][][]byte {
	all := map[int][][]byte{}
	for pods := 15; pods <= 19; pods++ {
		text, err := json.MarshalIndent(template(pods), "", " ")
		check(err)
		all[pods] = bytes.Split(bytes.ReplaceAll(text, []byte(`"`+`\u0001`+`"`), []byte(mark)), []byte(mark))
	}
	return all
})

// summary returns the body for a node, the same each time.
func summary(number int) []byte {
	pieces := parts()[15+number%5]
	body := make([]byte, 0, 90_000)
	value := uint64(number) * 2654435761
	for index, piece := range pieces {
		if index > 0 {
			value = value*6364136223846793005 + 1442695040888963407
			body = strconv.AppendUint(body, value>>(20+value%20), 10)
		}
		body = append(body, piece...)
	}
	return body
}

func timed(rest object) object {
	rest["time"] = "2026-11-25T18:00:00Z"
	return rest
}

func cpu() object {
	return timed(object{"usageNanoCores": mark, "usageCoreNanoSeconds": mark, "psi": psi()})
}

func psi() object {
	one := func() object { return object{"total": mark, "avg10": 0, "avg60": 0.12, "avg300": 0.05} }
	return object{"full": one(), "some": one()}
}

func memory() object {
	return timed(object{
		"availableBytes": mark, "usageBytes": mark, "workingSetBytes": mark, "rssBytes": mark, "pageFaults": mark, "majorPageFaults": 0, "psi": psi(),
	})
}

func fs() object {
	return timed(object{
		"availableBytes": mark, "capacityBytes": mark, "usedBytes": mark, "inodesFree": mark, "inodes": mark, "inodesUsed": mark,
	})
}

func network() object {
	one := func(name string) object {
		return object{"name": name, "rxBytes": mark, "rxErrors": 0, "txBytes": mark, "txErrors": 0}
	}
	rest := one("eth0")
	rest["interfaces"] = []object{one("eth0")}
	return timed(rest)
}

func container(name string) object {
	return object{
		"name": name, "startTime": "2026-11-20T10:00:00Z", "cpu": cpu(), "memory": memory(), "rootfs": fs(), "logs": fs(),
		"swap": timed(object{"swapAvailableBytes": 0, "swapUsageBytes": 0}),
	}
}

func template(pods int) object {
	list := []object{}
	for pod := range pods {
		list = append(list, object{
			"podRef": object{
				"name": fmt.Sprintf("workload-%d-7c9f8d6b5c-x%02dk", pod, pod), "namespace": "default",
				"uid": fmt.Sprintf("5f0c2c1e-9f5a-4a52-8f43-0000000000%02d", pod),
			},
			"startTime": "2026-11-20T10:00:00Z", "containers": []object{container("app")}, "cpu": cpu(), "memory": memory(),
			"network": network(), "ephemeral-storage": fs(), "process_stats": object{"process_count": 7},
			"volume": []object{mergeName(fs(), "kube-api-access-2zv7l")},
		})
	}
	return object{
		"node": object{
			"nodeName": "node", "startTime": "2026-11-20T09:00:00Z", "cpu": cpu(), "memory": memory(), "network": network(), "fs": fs(),
			"systemContainers": []object{container("kubelet"), container("runtime"), container("pods")},
		},
		"pods": list,
	}
}

func mergeName(value object, name string) object {
	value["name"] = name
	return value
}
