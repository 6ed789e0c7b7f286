internal import Neural
internal import StrictJSON

/// How a network would be run here, as `detect info` has it.
enum PlanDescription {
  /// More is not allocated only to be described.
  private static let memoryLimit = 2 << 30
  private static let weightLimit = 256 << 20

  /// Plans the network without running it.
  ///
  /// - Parameter options: Its memory limit is not taken.
  /// - Throws: `GraphError` when the network cannot be planned, except for its memory.
  static func json(_ shaped: ShapedGraph, options: ExecutionOptions) throws -> JSONValue {
    var options = options
    options.memoryLimit = memoryLimit
    let weights = shaped.graph.constants.values.reduce(0) { $0 + $1.byteCount }
    guard weights <= weightLimit else {
      return ["unknown": .string("its weights take \(weights) bytes, more than \(weightLimit)")]
    }
    let network: Network
    do {
      network = try Network(shaped, options: options)
    } catch let error as GraphError {
      switch error {
      case .memoryLimit, .outOfMemory: return ["unknown": .string("\(error)")]
      default: throw error
      }
    }
    let bytes = [
      network.kernelByteCount, network.workingByteCount, network.scratchByteCount,
    ]
    return [
      "instruction_set": .string(network.instructionSet.rawValue),
      "precision": .string(network.precision.rawValue),
      "threads": .integer(network.threads),
      "weight_bytes": .integer(bytes[0]), "value_bytes": .integer(bytes[1]),
      "scratch_bytes": .integer(bytes[2]), "peak_bytes": .integer(bytes.reduce(0, +)),
      "steps": .array(network.steps.map(json)),
    ]
  }

  private static func json(_ step: Network.StepInfo) -> JSONValue {
    [
      "node": .string(step.node), "operation": .string(step.operation),
      "kernel": step.kernel.map { .string($0) } ?? .null,
      "layout": step.layout.map { .string($0.rawValue) } ?? .null,
      "output": .array(step.outputShape.map { .integer($0) }),
      "multiply_adds": .integer(step.multiplyAdds),
    ]
  }

  /// The same as lines: memory, then a line a step.
  static func text(_ plan: JSONValue) -> String {
    guard let object = plan.objectValue else { return "" }
    var text = "plan:\n"
    for member in object.members where member.key != "steps" {
      let value = member.value.stringValue.map(Escaping.line) ?? "\(member.value.intValue ?? 0)"
      text += "  \(member.key): \(value)\n"
    }
    guard let steps = plan["steps"]?.arrayValue else { return text }
    text += "  steps (operation and kernel, layout and sizes of the output, node):\n"
    for step in steps {
      let shape = step["output"]?.arrayValue?.compactMap(\.intValue).map(String.init) ?? []
      let words = [
        step["operation"]?.stringValue, step["kernel"]?.stringValue, step["layout"]?.stringValue,
        shape.isEmpty ? nil : shape.joined(separator: "x"),
        step["node"]?.stringValue.map(Escaping.line),
      ]
      text += "    \(words.compactMap(\.self).joined(separator: "  "))\n"
    }
    return text
  }
}
