/// Why a graph cannot be specialised to input sizes, or a plan cannot be made or run.
package enum GraphError: Error, Sendable, CustomStringConvertible {
  /// A node refuses its attributes or inputs.
  case node(name: String, operation: String, reason: String)
  /// A node is legal, but this toolkit does not carry it out.
  case unsupported(name: String, operation: String, reason: String)
  /// A node's output shape follows from the values of a run: see `Interpreter`.
  case dependsOnData(name: String, operation: String, what: String)
  /// The caller gave no size, or a wrong one, for a network input.
  case inputShape(name: String, given: [Int]?, declared: String)
  /// The graph itself is malformed.
  case malformed(String)
  /// All tensors together would need more memory than allowed.
  case memoryLimit(byteCount: Int, byteLimit: Int)
  case outOfMemory(byteCount: Int)
  /// The processor lacks the instruction set that was asked for.
  case instructionSet(String, available: [String])

  package var description: String {
    switch self {
    case .node(let name, let operation, let reason): "node \(name) (\(operation)): \(reason)"
    case .unsupported(let name, let operation, let reason):
      "node \(name) (\(operation)): not supported: \(reason)"
    case .dependsOnData(let name, let operation, let what):
      "node \(name) (\(operation)): not supported: \(what) must not depend on the network's input"
    case .inputShape(let name, let given?, let declared):
      "input \(name): shape \(shapeText(given)) does not fit the declared \(declared)"
    case .inputShape(let name, nil, let declared):
      "input \(name): the declared shape \(declared) needs sizes from the caller"
    case .malformed(let reason): reason
    case .memoryLimit(let byteCount, let byteLimit):
      "needs \(byteCount) bytes for its tensors, the limit is \(byteLimit)"
    case .outOfMemory(let byteCount): "out of memory at \(byteCount) bytes"
    case .instructionSet(let name, let available):
      "instruction set \(name) is not available here; available: \(available.joined(separator: ", "))"
    }
  }
}

/// A shape for messages: `1x3x640x640`, `scalar` for no axes.
package func shapeText(_ shape: [Int]) -> String {
  shape.isEmpty ? "scalar" : shape.map(String.init).joined(separator: "x")
}
