import ModelFormats
import Neural
import TestSupport
import Testing

/// What a configuration may say: keys, defaults, sizes and refusals, without any weights.
@Suite struct DarknetConfigurationTests {
  static let net = "[net]\nwidth=32\nheight=16\nchannels=3\n"
  static let conv = "[convolutional]\nfilters=18\nactivation=linear\n"
  static let yolo = "[yolo]\nmask=0,1,2\nanchors=4,4, 8,8, 16,16\nclasses=1\nnum=3\n"

  private func check(_ text: String) throws -> (weightCount: Int, heads: [DarknetHead]) {
    try DarknetReader.check(cfg: Array(text.utf8))
  }

  @Test func aHeadKnowsItsTensor() throws {
    let (count, heads) = try check(Self.net + Self.conv + Self.yolo)
    #expect(count == 18 + 18 * 3)
    let head = try #require(heads.first)
    #expect(head.kind == .yolo)
    #expect(head.outputName == "conv_0")
    #expect(head.section == 1)
    #expect(head.mask == [0, 1, 2])
    #expect(head.maskedAnchors.map(\.width) == [4, 8, 16])
    #expect((head.columns, head.rows) == (32, 16))
    #expect((head.inputWidth, head.inputHeight) == (32, 16))
    #expect(head.scaleXY == 1)
    #expect(!head.usesNewCoordinates && !head.usesSoftmax)
  }

  @Test func regionUsesEveryAnchorAndSoftmax() throws {
    let region =
      "[region]\nanchors=1.5,2, .5,1.\nclasses=4\ncoords=4\nnum=2\nsoftmax=1\nbias_match=1\n"
    let head = try #require(check(Self.net + Self.conv + region).heads.first)
    #expect(head.kind == .region)
    #expect(head.mask == [0, 1])
    #expect(head.anchors == [.init(width: 1.5, height: 2), .init(width: 0.5, height: 1)])
    #expect(head.usesSoftmax)
  }

  @Test func detectionReadsAFullyConnectedLayer() throws {
    let text =
      Self.net + "[connected]\noutput=588\nactivation=linear\n"
      + "[detection]\nclasses=2\ncoords=4\nside=7\nnum=2\nsqrt=1\nsoftmax=0\nrescore=1\n"
    let (count, heads) = try check(text)
    #expect(count == 588 + 588 * 3 * 32 * 16)
    let head = try #require(heads.first)
    #expect((head.columns, head.rows, head.boxesPerCell) == (7, 7, 2))
    #expect(head.outputName == "connected_0")
    #expect(head.predictsSquareRoots)
  }

  @Test func normalisedLayersNeedMoreWeights() throws {
    let conv = "[convolutional]\nbatch_normalize=1\nfilters=8\nsize=3\npad=1\nactivation=leaky\n"
    #expect(try check(Self.net + conv).weightCount == 4 * 8 + 8 * 3 * 9)
    let grouped = "[convolutional]\nfilters=8\nsize=3\ngroups=4\n"
    #expect(try check(Self.net + conv + grouped).weightCount == 4 * 8 + 8 * 3 * 9 + 8 + 8 * 2 * 9)
  }

  @Test func commentsAndSpacesAreDropped() throws {
    let text =
      "# a\n; b\n\n[net]\r\n width = 32 \n\theight=16 # c\nchannels=3;d\n\n" + Self.conv + Self.yolo
    #expect(try check(text).heads.count == 1)
  }

  @Test(arguments: [
    "[maxpool]\nsize=2\nstride=2\n", "[dropout]\nprobability=.5\n", "[upsample]\nstride=3\n",
    "[route]\nlayers=-1,0\n", "[route]\nlayers=-1\ngroups=2\ngroup_id=1\n",
    "[shortcut]\nfrom=-1\nactivation=linear\n", "[avgpool]\n", "[reorg3d]\nstride=2\n",
    "[convolutional]\nfilters=4\nstride_x=2\nstride_y=1\npadding=2\nsize=3\n",
    "[convolutional]\nfilters=4\nsize=3\npad=1\ndilation=2\nactivation=mish\n",
    "[maxpool]\nsize=2\nstride=1\n", "[local]\nfilters=2\nsize=3\npad=1\nactivation=leaky\n",
  ])
  func sectionsThatAreRead(section: String) throws {
    _ = try check(Self.net + Self.conv + section)
  }

  @Test(arguments: [
    "", "width=32\n", "[convolutional]\n", net, "[net]\nwidth=32\n" + conv,
    net + "[unknown]\n", net + "[convolutional\n", net + "[]\n", net + "[convolutional]\nfilters\n",
    net + "[convolutional]\nfilters=4\nfilters=4\n", net + "[convolutional]\nfilters=0\n",
    net + "[convolutional]\nfilters=-1\n", net + "[convolutional]\nfilters=4.5\n",
    net + "[convolutional]\nfilters=+4\n", net + "[convolutional]\nfilters=\n",
    net + "[convolutional]\nfilters=99999999999999999999\n", net + "[convolutional]\nsize=0\n",
    net + "[convolutional]\nsize=17\n", net + "[convolutional]\nstride=0\n",
    net + "[convolutional]\ngroups=2\n", net + "[convolutional]\nactivation=magic\n",
    net + "[convolutional]\nxnor=1\n", net + "[convolutional]\nsurprise=1\n",
    net + "[convolutional]\nsize=3\npad=0\ndilation=2\n",
    "[net]\nwidth=1\nheight=1\nchannels=1048576\n[convolutional]\nsize=65535\npad=1\nfilters=1048576\n",
    net + conv + "[route]\n", net + conv + "[route]\nlayers=\n", net + conv + "[route]\nlayers=1\n",
    net + conv + "[route]\nlayers=-2\n", net + conv + "[route]\nlayers=-9223372036854775808\n",
    net + conv + "[route]\nlayers=-1\ngroups=4\n",
    net + conv + "[route]\nlayers=-1\ngroups=2\ngroup_id=2\n",
    net + conv + "[maxpool]\nsize=2\nstride=2\n[route]\nlayers=-1,-2\n",
    net + conv + "[maxpool]\nsize=2\nstride=2\n[shortcut]\nfrom=-2\n",
    net + conv + "[shortcut]\nfrom=-1\nweights_type=per_feature\n",
    net + conv + "[maxpool]\nsize=2\nstride=2\npadding=5\n",
    net + conv + "[maxpool]\nsize=2\nmaxpool_depth=1\n", net + conv + "[upsample]\nstride=0\n",
    net + conv + "[upsample]\nstride=60000\n", net + conv + "[scale_channels]\nfrom=-1\n",
    net + conv + "[avgpool]\n[sam]\nfrom=0\n", net + conv + "[sam]\nfrom=0,0\n",
    net + conv + "[reorg]\nstride=3\n",
    net + conv + "[reorg]\nstride=2\nreverse=1\n", net + conv + "[yolo]\n",
    net + conv + "[yolo]\nmask=0,1,3\nanchors=4,4, 8,8, 16,16\nclasses=1\n",
    net + conv + "[yolo]\nmask=0,1,-1\nanchors=4,4, 8,8, 16,16\nclasses=1\n",
    net + conv + "[yolo]\nmask=0,1,2\nanchors=4,4, 8,8, 16\nclasses=1\n",
    net + conv + "[yolo]\nmask=0,1,2\nanchors=4,4, 8,8, 16,nan\nclasses=1\n",
    net + conv + "[yolo]\nmask=0,1,2\nanchors=4,4, 8,8, 16,1e99\nclasses=1\n",
    net + conv + "[yolo]\nmask=0,1,2\nanchors=4,4, 8,8, 16,-16\nclasses=1\n",
    net + conv + "[yolo]\nmask=0,1,2\nanchors=4,4, 8,8, 16,16\nclasses=2\n",
    net + yolo, net + conv + yolo + conv, net + conv + yolo + "[route]\nlayers=-1\n",
    net + conv + "\u{0}\n", net + conv + "[yolo]\nclasses=\u{7}1\n",
    "[net]\nwidth=" + String(repeating: "1", count: 5000),
    String(repeating: "[net]\n", count: 10_001),
    net + (0..<201).map { "a\($0)=1\n" }.joined(),
    net + conv + "[route]\nlayers=" + String(repeating: "0,", count: 401) + "\n",
  ])
  func configurationsThatAreRefused(text: String) {
    #expect(throws: ModelError.self) { try check(text) }
  }

  @Test func everySingleByteChangeIsReadOrRefused() {
    let text = Array((Self.net + Self.conv + "[route]\nlayers=-1\n" + Self.yolo).utf8)
    for index in text.indices {
      for byte: UInt8 in [0, 0x0a, 0x2d, 0x2c, 0x30, 0x39, 0x3d, 0x5b, 0xff] {
        var altered = text
        altered[index] = byte
        _ = try? DarknetReader.check(cfg: altered)
        altered[index] = text[index]
        altered.insert(byte, at: index)
        _ = try? DarknetReader.check(cfg: altered)
      }
      _ = try? DarknetReader.check(cfg: Array(text.prefix(index)))
    }
  }

  @Test func errorsNameLineAndSection() {
    #expect {
      try check(Self.net + "[convolutional]\nfilters=0\n")
    } throws: {
      "\($0)" == "line 6, section 0 [convolutional]: filters=0, allowed are 1 to 1048576"
    }
    #expect {
      try check(Self.net + Self.conv + "[magic]\n")
    } throws: {
      "\($0)" == "line 8, section 1 [magic]: unknown section"
    }
    #expect {
      try check(Self.net + "[convolutional]\nfiltres=4\n")
    } throws: {
      "\($0)" == "line 6, section 0 [convolutional]: unknown key 'filtres'"
    }
  }

  @Test(.enabled(if: TestFiles.shared != nil, "needs ../shared"))
  func corpus() throws {
    let files = try CorpusManifest.files(kind: "model", family: "darknet")
    let weights = try #require(files.first { $0.name == "good.weights" }).path
    let cfg = try #require(files.first { $0.name == "good.cfg" }).path
    #expect(files.count > 30)
    for file in files {
      let isConfiguration = file.name.hasSuffix(".cfg")
      do {
        _ = try DarknetReader.read(
          path: isConfiguration ? file.path : cfg,
          weightsPath: isConfiguration ? weights : file.path)
        #expect(file.expectation != .reject, "\(file.name) was read")
      } catch {
        #expect(file.expectation != .load, "\(file.name): \(error)")
        // The reason must be the configuration's own, not that the weights do not fit it.
        if isConfiguration && file.expectation == .reject {
          #expect("\(error)".hasPrefix(file.path), "\(file.name): \(error)")
        }
      }
    }
  }

  @Test(.enabled(if: TestFiles.shared != nil, "needs ../shared"))
  func publishedNetworks() throws {
    let folder = try #require(TestFiles.shared) + "/models/"
    for (name, outputs, parameters) in [
      ("yolo-fastest-1.1", ["conv_120", "conv_129"], 346_062),
      ("yolo-fastest-1.1-xl", ["conv_120", "conv_129"], 923_486),
    ] {
      let model = try DarknetReader.read(path: folder + name + ".cfg")
      #expect(model.graph.outputs.map(\.name) == outputs)
      #expect(model.parameterCount == parameters)
      #expect(model.darknetHeads.map(\.outputName) == outputs)
    }
    let tiny = try TestFiles.bytes(folder + "yolov3-tiny-mask123.cfg")
    let (count, heads) = try DarknetReader.check(cfg: tiny)
    #expect(count == (35_434_956 - 20) / 4)
    #expect(heads.map(\.outputName) == ["conv_15", "conv_22"])
    #expect(heads.map(\.mask) == [[3, 4, 5], [1, 2, 3]])
    #expect(heads.map(\.columns) == [13, 26])
  }
}
