/// The operators that a model defines itself, by lists of nodes.
struct FunctionLibrary {
  struct Key: Hashable {
    var domain: String
    var name: String
    var overload: String

    init(_ node: borrowing Onnx_NodeProto) {
      domain = OperatorDomain.normalized(node.domain)
      name = node.opType
      overload = node.overload
    }

    init(_ function: borrowing Onnx_FunctionProto) {
      domain = OperatorDomain.normalized(function.domain)
      name = function.name
      overload = function.overload
    }
  }

  private(set) var functions: [Key: Onnx_FunctionProto] = [:]

  /// - Throws: `ModelError.graph` for functions that are defined twice or call themselves, directly
  ///   or through others.
  init(_ protos: [Onnx_FunctionProto]) throws {
    for proto in protos {
      let key = Key(proto)
      guard functions.updateValue(proto, forKey: key) == nil else {
        throw ModelError.graph("function \(printable(key.name)) is defined twice")
      }
    }
    try checkAcyclic()
  }

  /// Removes functions that call only removed ones until none is left: what remains is a cycle.
  private func checkAcyclic() throws {
    var callees: [Key: Set<Key>] = [:]
    var callers: [Key: [Key]] = [:]
    for (key, function) in functions {
      let called = Set(function.node.map(Key.init)).filter { functions[$0] != nil }
      callees[key] = called
      for callee in called { callers[callee, default: []].append(key) }
    }
    var ready = callees.filter { $0.value.isEmpty }.map(\.key)
    while let key = ready.popLast() {
      callees[key] = nil
      for caller in callers[key] ?? [] {
        callees[caller]?.remove(key)
        if callees[caller]?.isEmpty ?? false { ready.append(caller) }
      }
    }
    if let name = callees.keys.map(\.name).min() {
      throw ModelError.graph("function \(printable(name)) calls itself, or a function that does")
    }
  }
}
