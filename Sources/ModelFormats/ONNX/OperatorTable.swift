internal import Neural

/// How one ONNX operator becomes operators of the runtime.
struct OperatorImport: Sendable {
  /// How many inputs a node may list; those up to the lower bound must be present.
  var inputs: ClosedRange<Int>
  /// Outputs that can be computed; a node that needs more is unsupported.
  var outputs: Int
  /// Defines the node's outputs, and throws `AttributeError` or `UnsupportedUse`.
  var body: @Sendable (NodeImport) throws -> Void

  init(
    _ inputs: ClosedRange<Int>, outputs: Int = 1,
    body: @escaping @Sendable (NodeImport) throws -> Void
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.body = body
  }

  /// An operator without attributes that reads the node's inputs as they are.
  static func plain(
    _ inputs: ClosedRange<Int>, _ operation: any Operator
  ) -> OperatorImport {
    OperatorImport(inputs) { $0.define(operation) }
  }

  /// Any number of inputs that a file can hold.
  static let many = 1...Int(Int32.max)
}

/// The operators that can be imported, by ONNX name: one table per family, joined here.
enum OperatorTable {
  static func entry(_ name: String) -> OperatorImport? { entries[name] }

  /// All names, for documentation and tests.
  static var names: [String] { entries.keys.sorted() }

  private static let entries: [String: OperatorImport] = {
    var all: [String: OperatorImport] = [:]
    let families = [
      convolution, pooling, normalization, activation, elementwiseUnary, elementwiseBinary,
      matrixProduct, reduction, shape, constants, movement, indexing, resizing, selection,
      controlFlow, attention, sampling, quantization, quantizedOperators,
    ]
    for family in families {
      all.merge(family) { _, _ in preconditionFailure("an operator is in two families") }
    }
    return all
  }()
}
