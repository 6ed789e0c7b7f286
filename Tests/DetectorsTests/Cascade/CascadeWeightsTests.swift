import Detectors
import Geometry
import ModelFormats
import Neural
import TestSupport
import Testing

@Suite struct CascadeWeightsTests {
  private func file(
    magic: String = "DETMTCNN", header: [UInt32] = [1, 0, 1], name: String = "t",
    shape: [UInt32] = [2], elements: [Float] = [1, 2]
  ) -> [UInt8] {
    var bytes = Array(magic.utf8)
    func append<T>(_ value: T) { withUnsafeBytes(of: value) { bytes += $0 } }
    for number in header { append(number) }
    append(UInt16(name.utf8.count))
    bytes += Array(name.utf8)
    append(UInt16(shape.count))
    for size in shape { append(size) }
    while bytes.count % 4 != 0 { bytes.append(0) }
    for element in elements { append(element) }
    return bytes
  }

  private func read(_ bytes: [UInt8]) throws -> CascadeWeights {
    try bytes.withUnsafeBytes { try CascadeWeights(bytes: $0) }
  }

  @Test func smallFile() throws {
    let tensor = try #require(try read(file()).tensors["t"])
    #expect(tensor.shape == [2])
    #expect(tensor.floats() == [1, 2])
  }

  @Test func flagTransposes() throws {
    let bytes = file(
      header: [1, 1, 1], shape: [1, 1, 2, 3], elements: [1, 2, 3, 4, 5, 6])
    let tensor = try #require(try read(bytes).tensors["t"])
    #expect(tensor.shape == [1, 1, 3, 2])
    #expect(tensor.floats() == [1, 4, 2, 5, 3, 6])
    let builtIn = try CascadeWeights.builtIn()
    let twice = try builtIn.transposed().transposed()
    for (name, tensor) in builtIn.tensors {
      #expect(twice.tensors[name]?.floats() == tensor.floats(), "\(name)")
    }
  }

  @Test func everyTruncationIsRefused() {
    let whole = file()
    for count in whole.indices {
      #expect(throws: (any Error).self, "\(count)") { try read(Array(whole[..<count])) }
    }
  }

  @Test func refusals() {
    for bytes in [
      file() + [0], file(magic: "DETMTCNX"), file(header: [2, 0, 1]), file(header: [1, 2, 1]),
      file(header: [1, 0, .max]), file(header: [1, 0, 2]), file(shape: [.max, .max, .max]),
      file(shape: [1, 1, 1, 1, 2]), file(elements: [1, .nan]), file(elements: [.infinity, 0]),
    ] {
      #expect(throws: (any Error).self) { try read(bytes) }
    }
  }

  /// Without partial windows the poolings leave R-Net too few features for its dense layer.
  @Test func refinementNeedsPartialWindows() throws {
    let weights = try CascadeWeights.builtIn()
    #expect(throws: GraphError.self) {
      try CascadeNetwork.refinement.graph(
        weights: weights, batch: 1, size: Size(width: 24, height: 24), poolsPartialWindows: false)
    }
  }

  private static let parts: [(CascadeNetwork, file: String, outputs: [String])] = [
    (.proposal, "mtcnn_pnet.npz", ["softmax", "conv2d_4"]),
    (.refinement, "mtcnn_rnet.npz", ["softmax_1", "dense_2"]),
    (.output, "mtcnn_onet.npz", ["softmax_2", "dense_5", "dense_6"]),
  ]

  /// The networks give what ONNX Runtime gave for the published files, which see `[N, x, y, C]`.
  @Test(
    .enabled(if: TestFiles.shared != nil, "needs ../shared"), arguments: CascadeNetwork.allCases)
  func publishedOutputs(_ part: CascadeNetwork) throws {
    let (_, file, outputs) = try #require(Self.parts.first { $0.0 == part })
    let tensors = try NumPyReader.read(
      path: try #require(TestFiles.shared) + "/golden/raw/" + file)
    func tensor(_ name: String) throws -> Tensor {
      try #require(tensors.first { $0.name == name }, "\(name)").tensor
    }
    let input = try #require(tensors.first { $0.name.hasPrefix("in:") }).tensor
    let shape = input.shape  // [1, x, y, 3]
    let values = input.floats()
    var picture = [Float](repeating: 0, count: values.count)
    for x in 0..<shape[1] {
      for y in 0..<shape[2] {
        for c in 0..<3 {
          picture[(c * shape[2] + y) * shape[1] + x] = values[(x * shape[2] + y) * 3 + c]
        }
      }
    }
    let network = try Network(
      part.graph(
        weights: .builtIn(), batch: 1, size: Size(width: shape[1], height: shape[2])))
    let heads = try network.run([Tensor(picture, shape: [1, 3, shape[2], shape[1]])])[0]
    let found = heads.floats()
    let (rows, columns) = part == .proposal ? (heads.shape[2], heads.shape[3]) : (1, 1)
    var channel = 0
    for name in outputs {
      let expected = try tensor("out:" + name)
      let count = try #require(expected.shape.last)
      let elements = expected.floats()
      for x in 0..<columns {
        for y in 0..<rows {
          func head(_ index: Int) -> Float { found[(index * rows + y) * columns + x] }
          var actual = (0..<count).map { head(channel + $0) }
          if channel == 0 {
            let score = faceScore(actual[1] - actual[0])
            actual = [1 - score, score]
          }
          let cell = (x * rows + y) * count
          expectClose(actual, Array(elements[cell..<cell + count]), absolute: 2e-5, name)
        }
      }
      channel += count
    }
    #expect(channel == part.headCount)
  }
}
