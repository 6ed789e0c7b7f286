import Neural
import TestSupport

/// Small fully convolutional networks for packing and tiling, with seeded weights.
struct RegionNetwork: Sendable, CustomStringConvertible {
  var description: String
  var graph: Graph
  /// Sides of pictures must be multiples.
  var totalStride: Int

  func shaped(rows: Int, columns: Int) throws -> ShapedGraph {
    try ShapedGraph(graph, inputShapes: ["x": [1, 3, rows, columns]])
  }

  static let all: [RegionNetwork] = [try! padded(), try! valid(), try! focus(), try! transposed()]

  struct Builder {
    var graph = Graph()
    var generator = SeededGenerator(seed: 11)

    mutating func input() -> Graph.ValueID {
      graph.addInput(name: "x", elementType: .float32, dimensions: nil)
    }

    mutating func weights(_ shape: [Int]) throws -> Graph.ValueID {
      let count = shape.reduce(1, *)
      let scale = 3 / Float(max(shape.dropFirst().reduce(1, *), 1)).squareRoot()
      return graph.addConstant(
        try Tensor(generator.floats(count).map { $0 * scale }, shape: shape), name: "weights")
    }

    mutating func integers(_ values: [Int]) throws -> Graph.ValueID {
      graph.addConstant(try Tensor(vector: values), name: "integers")
    }

    mutating func append(_ operation: any Operator, _ inputs: Graph.ValueID?...) -> Graph.ValueID {
      graph.append(operation, name: operation.name.lowercased(), inputs: inputs)
    }

    /// A convolution whose bias lifts the gaps off zero, and an activation.
    mutating func block(
      _ x: Graph.ValueID, _ channels: (Int, Int), kernel: Int = 3, stride: Int = 1,
      groups: Int = 1, pad: Int? = nil, function: ActivationFunction = .silu
    ) throws -> Graph.ValueID {
      let pad = pad ?? kernel / 2
      let bias = graph.addConstant(
        try Tensor(generator.floats(channels.1).map { $0 + 0.6 }, shape: [channels.1]),
        name: "bias")
      let y = graph.append(
        Convolution(
          strides: [stride, stride], dilations: [1, 1], padsBegin: [pad, pad],
          padsEnd: [pad, pad], groups: groups), name: "conv",
        inputs: [x, try weights([channels.1, channels.0 / groups, kernel, kernel]), bias])
      return append(Activation(function: function), y)
    }

    mutating func pool(
      _ x: Graph.ValueID, kernel: Int, stride: Int = 1, begin: Int, end: Int, ceil: Bool = false
    ) -> Graph.ValueID {
      append(
        MaxPool(
          kernel: [kernel, kernel], strides: [stride, stride], dilations: [1, 1],
          padsBegin: [begin, begin], padsEnd: [end, end], ceilMode: ceil), x)
    }
  }

  /// Every kind of padded step: strides, depthwise, residual, pooling chains, an uneven pooling,
  /// upsampling, concatenation, a head as a map and one as a list of cells.
  private static func padded() throws -> RegionNetwork {
    var b = Builder()
    let x = b.input()
    let stem = try b.block(x, (3, 16), stride: 2)
    let deep = try b.block(stem, (16, 24), kernel: 3, stride: 2, function: .leakyRelu(alpha: 0.1))
    var y = try b.block(deep, (24, 24), groups: 24, function: .relu)
    y = try b.block(y, (24, 24), kernel: 1)
    y = b.append(ElementwiseBinary(function: .add), y, deep)
    let first = b.pool(y, kernel: 5, begin: 2, end: 2)
    let second = b.pool(first, kernel: 5, begin: 2, end: 2)
    y = b.append(Concat(axis: 1), y, first, second)
    y = try b.block(y, (72, 16), kernel: 1)
    y = b.pool(y, kernel: 2, begin: 0, end: 1)
    let coarse = try b.block(y, (16, 16))
    let scales = b.graph.addConstant(try Tensor([Float(1), 1, 2, 2], shape: [4]), name: "scales")
    let up = b.append(
      Resize(mode: .nearest, coordinates: .asymmetric, nearest: .floor), coarse, nil, scales)
    let fine = try b.block(b.append(Concat(axis: 1), up, stem), (32, 8))
    let shape = try b.integers([1, 8, -1])
    let coarseHead = try b.block(coarse, (16, 8), kernel: 1)
    let cells = b.append(
      Concat(axis: 2), b.append(Reshape(), fine, shape), b.append(Reshape(), coarseHead, shape))
    let list = b.append(Transpose(permutation: [0, 2, 1]), cells)
    b.graph.addOutput(fine, name: "map")
    b.graph.addOutput(list, name: "cells")
    return RegionNetwork(description: "padded", graph: b.graph, totalStride: 4)
  }

  /// As the first network of MTCNN: no padding, a pooling that rounds up.
  private static func valid() throws -> RegionNetwork {
    var b = Builder()
    var y = try b.block(b.input(), (3, 10), pad: 0, function: .relu)
    y = b.pool(y, kernel: 2, stride: 2, begin: 0, end: 0, ceil: true)
    y = try b.block(y, (10, 16), pad: 0, function: .relu)
    y = try b.block(y, (16, 32), pad: 0, function: .relu)
    y = try b.block(y, (32, 6), kernel: 1, function: .identity)
    b.graph.addOutput(y, name: "map")
    return RegionNetwork(description: "valid", graph: b.graph, totalStride: 1)
  }

  /// A stem of strided slices, as YOLOX has.
  private static func focus() throws -> RegionNetwork {
    var b = Builder()
    let x = b.input()
    let (axes, steps) = (try b.integers([2, 3]), try b.integers([2, 2]))
    let ends = try b.integers([Int.max, Int.max])
    let parts = try [[0, 0], [1, 0], [0, 1], [1, 1]].map {
      b.append(Slice(), x, try b.integers($0), ends, axes, steps)
    }
    var y = b.graph.append(Concat(axis: 1), name: "focus", inputs: parts)
    y = try b.block(y, (12, 16))
    y = try b.block(y, (16, 16), kernel: 5, groups: 16)
    b.graph.addOutput(y, name: "map")
    return RegionNetwork(description: "focus", graph: b.graph, totalStride: 2)
  }

  /// Upsampling by transposed convolutions with and without overlap.
  private static func transposed() throws -> RegionNetwork {
    var b = Builder()
    var y = try b.block(b.input(), (3, 12), stride: 2)
    y = try b.block(y, (12, 12), stride: 2, function: .relu)
    for (kernel, pad) in [(4, 1), (2, 0)] {
      y = b.append(
        ConvolutionTranspose(
          strides: [2, 2], dilations: [1, 1], padsBegin: [pad, pad], padsEnd: [pad, pad],
          outputPadding: [0, 0]), y, try b.weights([12, 12, kernel, kernel]))
      y = try b.block(y, (12, 12), kernel: 1)
    }
    y = try b.block(y, (12, 5))
    b.graph.addOutput(y, name: "map")
    return RegionNetwork(description: "transposed", graph: b.graph, totalStride: 4)
  }
}
