internal import Neural

extension GraphImporter {
  /// Takes in one node: a call of a function, a known operator, or one that can only be described.
  ///
  /// - Throws: `ModelError.node`.
  func importNode(
    at index: Int, of nodes: [Onnx_NodeProto], scope: inout Scope
  ) throws {
    let proto = nodes[index]
    let firstOutput = proto.output.first { !$0.isEmpty } ?? "#\(index)"
    let name = scope.prefix + (proto.name.isEmpty ? firstOutput : proto.name)
    func refuse(_ detail: String) -> ModelError {
      .node(name, operator: proto.opType, detail)
    }
    guard !proto.opType.isEmpty else { throw refuse("names no operator") }
    guard !proto.output.isEmpty else { throw refuse("has no output") }
    let inputs = try proto.input.map { input -> Graph.ValueID? in
      if input.isEmpty || scope.absent.contains(input) { return nil }
      if let value = scope.values[input] { return value }
      throw refuse(reasonMissing(input, readBy: index, nodes))
    }
    let outputs = try proto.output.map { output -> Graph.ValueID in
      let value = graph.addValue(name: output)
      guard !output.isEmpty else { return value }
      guard scope.values.updateValue(value, forKey: output) == nil else {
        throw refuse("defines \(printable(output)), which is already defined")
      }
      if let rank = scope.declaredRanks[output] { ranks[value] = rank }
      return value
    }
    let resolved = Onnx_NodeProto.with { node in
      node = proto
      node.attribute = resolve(proto.attribute, scope: scope)
    }
    if let function = functions.functions[FunctionLibrary.Key(proto)] {
      let call = FunctionCall(name: name, proto: resolved, inputs: inputs, outputs: outputs)
      try expand(function, call: call, scope: scope)
      return
    }
    try importOperator(resolved, name: name, inputs: inputs, outputs: outputs, scope: scope)
  }

  private func importOperator(
    _ proto: Onnx_NodeProto, name: String, inputs: [Graph.ValueID?], outputs: [Graph.ValueID],
    scope: Scope
  ) throws {
    let operatorName = proto.opType
    func refuse(_ detail: String) -> ModelError { .node(name, operator: operatorName, detail) }
    let domain = OperatorDomain.normalized(proto.domain)
    guard OperatorDomain.isStandard(domain: domain) else {
      throw refuse("unknown operator domain \"\(printable(domain))\"")
    }
    guard OperatorDomain.isStandard(operatorName, domain: domain) else {
      let set = scope.versions.all[domain].map { " in operator set \($0)" } ?? ""
      throw refuse("unknown operator\(set)")
    }
    guard let version = scope.versions.all[domain] else {
      throw refuse("the file imports no operator set of domain \"\(printable(domain))\"")
    }
    func describeOnly(_ reason: String) {
      unsupported.append(
        UnsupportedOperator(node: name, operation: operatorName, domain: domain, reason: reason))
      graph.addNode(
        UnsupportedOperation(name: operatorName, reason: reason), name: name, inputs: inputs,
        outputs: outputs)
    }
    guard [OperatorDomain.preview, OperatorDomain.runtime, ""].contains(domain),
      let entry = OperatorTable.entry(operatorName)
    else {
      return describeOnly("this toolkit does not have the operator (operator set \(version))")
    }
    guard entry.inputs.contains(inputs.count) else {
      throw refuse("has \(inputs.count) inputs, allowed are \(describe(entry.inputs))")
    }
    let needed = proto.output.lastIndex { scope.used.contains($0) && !$0.isEmpty } ?? 0
    guard needed < entry.outputs else {
      return describeOnly("output \(needed) is not computed")
    }
    do {
      let node = NodeImport(
        name: name, operatorName: operatorName, version: version, inputs: inputs,
        outputs: Array(outputs.prefix(entry.outputs)),
        attributes: try NodeAttributes(proto.attribute), importer: self,
        scope: scope)
      for index in 0..<entry.inputs.lowerBound { _ = try node.input(index) }
      try entry.body(node)
      if let unknown = node.attributes.unread.first {
        throw AttributeError("unknown attribute \(printable(unknown)) in operator set \(version)")
      }
    } catch let error as AttributeError {
      throw refuse(error.detail)
    } catch let error as TensorError {
      throw refuse(error.description)
    } catch let use as UnsupportedUse {
      describeOnly("\(use.reason) (operator set \(version))")
    }
  }

  private func describe(_ range: ClosedRange<Int>) -> String {
    if range.lowerBound == range.upperBound { return "\(range.lowerBound)" }
    return range == OperatorImport.many
      ? "1 or more" : "\(range.lowerBound) to \(range.upperBound)"
  }

  // MARK: Functions

  private struct FunctionCall {
    var name: String
    var proto: Onnx_NodeProto
    var inputs: [Graph.ValueID?]
    var outputs: [Graph.ValueID]
  }

  /// Puts the nodes of a function where it is called.
  private func expand(
    _ function: Onnx_FunctionProto, call: FunctionCall, scope: Scope
  ) throws {
    func refuse(_ detail: String) -> ModelError {
      .node(call.name, operator: call.proto.opType, detail)
    }
    guard scope.depth < Self.functionDepthLimit else {
      throw refuse("functions call functions deeper than \(Self.functionDepthLimit)")
    }
    guard call.inputs.count <= function.input.count, call.outputs.count <= function.output.count
    else { throw refuse("passes more inputs or outputs than the function has") }
    var inner = Scope(versions: scope.versions)
    try inner.versions.add(function.opsetImport)
    inner.prefix = call.name + "/"
    inner.depth = scope.depth + 1
    inner.used = Set(function.output)
    for (index, input) in function.input.enumerated() {
      // A missing argument is a name that stands for nothing: readers of it see no input.
      guard call.inputs.indices.contains(index), let value = call.inputs[index] else {
        inner.absent.insert(input)
        continue
      }
      inner.values[input] = value
    }
    for attribute in function.attributeProto { inner.attributes[attribute.name] = attribute }
    let known = Set(function.attribute).union(inner.attributes.keys)
    for attribute in call.proto.attribute {
      guard known.contains(attribute.name) else {
        throw refuse("unknown attribute \(printable(attribute.name))")
      }
      inner.attributes[attribute.name] = attribute
    }
    var nodes = function.node
    try importNodes(&nodes, scope: &inner)
    for (index, output) in call.outputs.enumerated() {
      guard let value = inner.values[function.output[index]] else {
        throw refuse("output \(printable(function.output[index])) is never computed")
      }
      graph.addNode(Identity(), name: call.name, inputs: [value], outputs: [output])
    }
  }

  /// Replaces references to the calling node's attributes by those attributes.
  private func resolve(
    _ attributes: [Onnx_AttributeProto], scope: Scope
  ) -> [Onnx_AttributeProto] {
    attributes.compactMap { attribute in
      guard !attribute.refAttrName.isEmpty else { return attribute }
      guard var value = scope.attributes[attribute.refAttrName] else { return nil }
      value.name = attribute.name
      return value
    }
  }

  // MARK: Order

  /// Why `name` is not defined when node `index` reads it.
  private func reasonMissing(_ name: String, readBy index: Int, _ nodes: [Onnx_NodeProto]) -> String
  {
    var producers: [String: Int] = [:]
    for (producer, node) in nodes.enumerated() {
      for output in node.output where !output.isEmpty { producers[output] = producer }
    }
    guard let producer = producers[name] else {
      return "reads \(printable(name)), which nothing defines"
    }
    var seen: Set<Int> = []
    var pending = [producer]
    while let next = pending.popLast() {
      if next == index { return "is part of a cycle through \(printable(name))" }
      guard seen.insert(next).inserted else { continue }
      pending.append(contentsOf: nodes[next].input.compactMap { producers[$0] })
    }
    return "reads \(printable(name)) before it is defined: nodes must be sorted"
  }
}
