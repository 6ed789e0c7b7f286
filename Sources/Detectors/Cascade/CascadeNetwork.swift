package import Geometry
package import Neural

/// The three networks of MTCNN (Zhang et al. 2016, arXiv:1604.02878, figure 2): valid convolutions,
/// each followed by a PReLU, poolings of stride 2, and heads that read the same features.
package enum CascadeNetwork: String, Hashable, Sendable, CaseIterable {
  /// P-Net: fully convolutional, 12 pixels a cell, stride 2.
  case proposal = "p"
  /// R-Net: 24 x 24 crops.
  case refinement = "r"
  /// O-Net: 48 x 48 crops, with landmarks.
  case output = "o"

  /// Side of the crops; the least side of a level.
  package var inputSide: Int {
    switch self {
    case .proposal: 12
    case .refinement: 24
    case .output: 48
    }
  }

  /// Per convolution the side of the pooling after it.
  private var poolings: [Int?] {
    switch self {
    case .proposal: [2, nil, nil]
    case .refinement: [3, 3, nil]
    case .output: [3, 3, 2, nil]
    }
  }

  /// Numbers per box: two logits (not a face, face), four regressions, for `.output` ten landmark
  /// coordinates.
  package var headCount: Int { self == .output ? 16 : 6 }

  /// The network for one input size.
  ///
  /// Input `[batch, 3, height, width]`, `(sample - 127.5) / 128` in RGB. Output `[batch, headCount]`,
  /// for `.proposal` `[batch, 6, rows, columns]` with `rows = ceil((height - 2) / 2) - 4`.
  /// - Parameter poolsPartialWindows: Whether poolings round sizes up.
  /// - Throws: `GraphError` when weights and sizes do not fit, `DetectorError.invalidWeights`.
  package func graph(
    weights: CascadeWeights, batch: Int, size: Size, poolsPartialWindows: Bool = true
  ) throws -> ShapedGraph {
    var graph = Graph()
    let shape = [batch, 3, size.height, size.width]
    var value = graph.addInput(
      name: "input", elementType: .float32, dimensions: shape.map { .fixed($0) })
    func constant(_ name: String, shape: [Int]? = nil) throws -> Graph.ValueID {
      let tensor = try weights.tensor("\(rawValue).\(name)")
      return graph.addConstant(try shape.map(tensor.reshaped) ?? tensor, name: name)
    }
    func rectify(_ layer: String, axes: [Int]) throws {
      let count = try weights.tensor("\(rawValue).\(layer).slopes").count
      let slopes = try constant("\(layer).slopes", shape: [count] + axes)
      value = graph.append(PRelu(), name: "\(layer).prelu", inputs: [value, slopes])
    }
    let convolution = Convolution(
      strides: [1, 1], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0])
    for (index, pooling) in poolings.enumerated() {
      let layer = "conv\(index + 1)"
      value = graph.append(
        convolution, name: layer,
        inputs: [value, try constant("\(layer).weights"), try constant("\(layer).bias")])
      try rectify(layer, axes: [1, 1])
      if let side = pooling {
        let pool = MaxPool(
          kernel: [side, side], strides: [2, 2], dilations: [1, 1], padsBegin: [0, 0],
          padsEnd: [0, 0], ceilMode: poolsPartialWindows)
        value = graph.append(pool, name: "\(layer).pool", inputs: [value])
      }
    }
    let heads = try weights.tensor("\(rawValue).heads.weights")
    if self == .proposal {
      let kernel = try constant("heads.weights", shape: heads.shape + [1, 1])
      value = graph.append(
        convolution, name: "heads", inputs: [value, kernel, try constant("heads.bias")])
    } else {
      let product = Gemm(alpha: 1, beta: 1, transposeA: false, transposeB: true)
      let dense = try weights.tensor("\(rawValue).dense.weights").shape
      value = graph.append(Flatten(), name: "flatten", inputs: [value])
      let features = [dense[0], dense.dropFirst().reduce(1, *)]
      value = graph.append(
        product, name: "dense",
        inputs: [
          value, try constant("dense.weights", shape: features), try constant("dense.bias"),
        ])
      try rectify("dense", axes: [])
      value = graph.append(
        product, name: "heads",
        inputs: [value, try constant("heads.weights"), try constant("heads.bias")])
    }
    graph.addOutput(value, name: "heads")
    return try ShapedGraph(graph)
  }
}
