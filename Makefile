# The verbs a person needs. Each installs or builds first whatever it needs.

CONFIGURATION ?= debug
SCRATCH ?= .build
SWARMD_SCRATCH ?= .build-release
SWIFT_FLAGS = --configuration $(CONFIGURATION) --scratch-path $(SCRATCH)
# Images are shared by all stores, and by clones of this repository.
export MACHINE_CACHE_PATH ?= $(HOME)/.docker/machine/cache

.PHONY: help setup build swarmd images lab labs test test-unit test-bed test-node test-lab bench-machine bench-swarm bench-services bench-mesh bench-scheduler simulate format lint clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | column -t -s '	'

setup: ## install what a fresh Debian lacks
	@scripts/setup

build: setup ## build bin/machine, bin/docker-machine and bin/lab (make swarmd builds what labs put into machines)
	swift build $(SWIFT_FLAGS)
	@mkdir -p bin
	@ln -sfn "$$(realpath $(SCRATCH))/$(CONFIGURATION)/machine" bin/machine
	@ln -sfn "$$(realpath $(SCRATCH))/$(CONFIGURATION)/lab" bin/lab
	@ln -sfn machine bin/docker-machine

# What runs in machines has Swift's libraries in itself, and is small: it is built on its own, never as a debug build.
# Memory is what counts: size before speed; nothing that is exported only because it could be, so that what nobody calls is
# left out; relocations in few bytes (glibc 2.36); of the C++ library only what is used.
SWARMD_FLAGS = -Xswiftc -Osize -Xcc -Os -Xswiftc -use-ld=lld -Xswiftc -L$(abspath $(SWARMD_SCRATCH))/archives -Xlinker -s \
	-Xlinker --no-export-dynamic -Xlinker --icf=safe -Xlinker -z -Xlinker pack-relative-relocs

swarmd: setup ## build bin/swarmd, which --orchestrator swarmd puts into machines
	@mkdir -p $(SWARMD_SCRATCH)/archives
	@ln -sfn "$$(clang -print-file-name=libstdc++.a)" $(SWARMD_SCRATCH)/archives/libstdc++.a
	swift build --configuration release --static-swift-stdlib --product swarmd --scratch-path $(SWARMD_SCRATCH) $(SWARMD_FLAGS)
	@mkdir -p bin
	@ln -sfn "$$(realpath $(SWARMD_SCRATCH))/release/swarmd" bin/swarmd

images: build ## build the guest and container images where they are not built yet
	bin/machine image build

lab: images swarmd ## bring up the tutorial's three nodes, run it, show the result
	scripts/with-libvirt bin/lab run labs/tutorial-3-nodes.yaml

labs: images swarmd ## run every lab
	scripts/run-labs

test: ## every tier
	@scripts/test-tiers lint test-unit test-node+swarmd test-bed test-lab

# What needs a processor for itself, or several processes, would make others wait that are timed: it has its own run. Those that
# try the kernel's networks do it in namespaces that they make.
ALONE = 'SwarmStoreTests\.Etcd|SimulationTests|KernelTests'

test-unit: setup ## pure logic, codecs, golden outputs
	swift test $(SWIFT_FLAGS) --skip $(ALONE)
	swift test $(SWIFT_FLAGS) --skip-build --no-parallel --filter $(ALONE)

test-bed: images swarmd ## the bed itself, libvirt, and machines with real VMs, each in namespaces of their own
	swift build --build-tests $(SWIFT_FLAGS)
	scripts/testbed-test
	scripts/testbed swift test $(SWIFT_FLAGS) --skip-build --filter 'LibvirtTests\.Bed'
	scripts/in-bed swift test $(SWIFT_FLAGS) --skip-build --no-parallel --filter 'MachineTests\.Bed'

# Whom the node tier asks; `make test-node ORCHESTRATORS=stock` shows that the engine's own swarm mode is as the tests say.
ORCHESTRATORS ?= swarmd

test-node: images ## swarms of hosts that are namespaces, each with a real engine
	swift build --build-tests $(SWIFT_FLAGS)
	SWARMD=$(SCRATCH)/$(CONFIGURATION)/swarmd ORCHESTRATORS="$(ORCHESTRATORS)" \
		scripts/nodes-bed swift test $(SWIFT_FLAGS) --skip-build --no-parallel --filter 'NodeTests\.Nodes'

test-lab: images swarmd ## the tutorials, and the way back from trouble, on real VMs, in namespaces of their own
	scripts/run-labs tutorial-3-nodes tutorial-4-nodes swarm-mode rewind@engine

bench-machine: images ## measure image build, create and labs; prints a table
	scripts/bench-machine

bench-swarm: images swarmd ## measure swarmd beside the engine's own swarm mode; prints a table
	SWARMD=bin/swarmd scripts/nodes-bed --nodes 4 scripts/bench-swarm
	SWARMD=bin/swarmd scripts/nodes-bed --nodes 50 scripts/bench-swarm --sizes 10 50

bench-services: images swarmd ## measure services with swarmd and with the engine's own swarm mode; prints a table
	SWARMD=bin/swarmd scripts/nodes-bed --nodes 3 scripts/bench-services

bench-mesh: images swarmd ## measure published ports and virtual addresses with swarmd and with the engine's own swarm mode; prints a table
	scripts/in-bed scripts/bench-mesh --machines --runs 3
	SWARMD=bin/swarmd scripts/nodes-bed --nodes 3 scripts/bench-mesh --runs 3 swarmd

bench-scheduler: ## measure the scheduler alone; prints a table
	swift run --configuration release --scratch-path $(SWARMD_SCRATCH)/bench bench-scheduler

# What people may set: how many seeds, or which one.
SEEDS ?=
SEED ?=

simulate: setup ## run the simulations: SEEDS=5000 tries many, SEED=17 that one again; says how many a minute
	SWARMLAB_SEEDS=$(SEEDS) SWARMLAB_SEED=$(SEED) nice swift test $(SWIFT_FLAGS) --filter 'SimulationTests'

format: ## lay out the sources as .swift-format says
	swift format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks

lint: ## complain about sources that are not
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks

clean: ## remove what was built here; images stay
	rm -rf $(SCRATCH) $(SWARMD_SCRATCH) bin
