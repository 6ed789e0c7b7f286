internal import Geometry
internal import ModelFormats
internal import Neural

extension Model {
  /// - Throws: Exit 65 naming the first operator that cannot be run.
  func checkSupported() throws {
    guard let first = unsupported.first else { return }
    let domain = first.domain.isEmpty ? "" : "\(first.domain)."
    let others = unsupported.count > 1 ? " (and \(unsupported.count - 1) more)" : ""
    throw ModelError.node(
      first.node, operator: "\(domain)\(first.operation)", "\(first.reason)\(others)")
  }

  /// Shapes for the inputs whose declared shape is open: one picture at a time, three channels, the
  /// given size. Pictures come as `[N, C, H, W]`.
  ///
  /// - Parameter size: Where the file leaves height and width open; `nil` keeps them open. Where
  ///   the file states them, another size replaces them.
  /// - Parameter batch: Pictures at a time, in place of what the file states.
  func inputShapes(size: Size?, batch: Int? = nil) -> [String: [Int]] {
    var shapes: [String: [Int]] = [:]
    for input in graph.inputs {
      guard let dimensions = input.dimensions, dimensions.count == 4 else { continue }
      let wanted = [batch ?? 1, 3, size?.height, size?.width]
      var shape: [Int] = []
      for (axis, dimension) in dimensions.enumerated() {
        switch (dimension, wanted[axis]) {
        case (.fixed, let side?) where axis >= 2 || (axis == 0 && batch != nil): shape.append(side)
        case (.fixed(let count), _): shape.append(count)
        case (.symbolic, let count?): shape.append(count)
        case (.symbolic, nil): break
        }
      }
      if shape.count == 4 { shapes[input.name] = shape }
    }
    return shapes
  }
}

extension Tensor {
  /// The tensor as Float32 where that is the input's type and this one is another floating-point one.
  func converted(to type: ElementType) throws -> Tensor {
    guard type == .float32, [.float16, .float64, .bfloat16].contains(elementType) else {
      return self
    }
    return try Tensor(floats(), shape: shape)
  }
}
