internal import Neural
internal import StrictJSON

/// Receptive fields and cuts as `detect info` has them.
enum FieldDescription {
  /// What a value sees of the network's input: per axis, height first, where the axes differ.
  static func json(_ name: String, _ field: ReceptiveField) -> JSONValue {
    var result = JSONObject()
    result["name"] = .string(name)
    switch field {
    case .independent: result["receptive_field"] = 0
    case .local(let local):
      if field.mapAxes != nil {
        result["stride"] = axes(local.axes.map(\.stride))
        result["padding"] = axes(local.axes.map(\.padding))
      }
      result["receptive_field"] = axes(local.axes.map(\.size))
      if let worst = local.axes.map(\.misalignment).max(), worst > 0, local.isMap {
        result["misaligned_by"] = number(worst)
      }
    case .unbounded(let node, let operation):
      result["unbounded_by"] = .string("\(operation) (\(node))")
    }
    return .object(result)
  }

  /// One cut; strides, receptive fields and channels are lists of one per map.
  static func json(_ candidate: GraphCut.Candidate) -> JSONValue {
    [
      "layer": .string(candidate.cut.name),
      "strides": .array(candidate.fields.map { axes($0.map(\.stride)) }),
      "receptive_fields": .array(candidate.fields.map { axes($0.map(\.size)) }),
      "channels": .array(candidate.types.map { .integer($0.shape[1]) }),
      "work_before": .number((candidate.share * 10_000).rounded() / 10_000),
    ]
  }

  /// A list of a cut as text, `name a + b`; `nil` for other members.
  static func line(_ member: JSONObject.Member) -> String? {
    guard ["strides", "receptive_fields", "channels"].contains(member.key),
      let values = member.value.arrayValue
    else { return nil }
    let texts = values.map { value -> String in
      if let whole = value.intValue { return "\(whole)" }
      return value.numbersText
    }
    return "\(member.key) \(texts.joined(separator: " + "))"
  }

  private static func axes(_ values: [Double]) -> JSONValue {
    Set(values).count == 1 ? number(values[0]) : .array(values.map(number))
  }

  private static func number(_ value: Double) -> JSONValue {
    Int(exactly: value).map { .integer($0) } ?? .number(value)
  }
}

extension JSONValue {
  /// A number, or numbers joined by `x`.
  fileprivate var numbersText: String {
    if let values = arrayValue { return values.map(\.numbersText).joined(separator: "x") }
    return intValue.map { "\($0)" } ?? doubleValue.map { "\($0)" } ?? ""
  }
}
