extension Concat: FieldRule {
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    let shape = context.outputs[0].shape
    let axis = try Axes.resolve(axis, rank: shape.count)
    var result: LocalField?
    for case let field? in context.fields {
      // Positions behind one another along a spatial axis are no map of the input any more.
      let own = field.roles[axis] == .other ? field : field.scattered()
      guard let previous = result else {
        result = own
        continue
      }
      guard let union = previous.union(own, shape: shape) else { return nil }
      result = union
    }
    return result.map { [$0] }
  }
}

extension LocalField {
  fileprivate func scattered() -> LocalField {
    with(roles: roles.map { $0 == .other ? .other : .scattered })
  }
}

extension Split: FieldRule {
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    guard let field = context.only(0) else { return nil }
    let axis = try Axes.resolve(axis, rank: field.roles.count)
    var first = 0
    return context.outputs.map { output in
      defer { first += output.shape[axis] }
      guard case .spatial(let spatial) = field.roles[axis] else { return field }
      var part = field
      part.axes[spatial] = field.axes[spatial].sliced(first: first, step: 1)
      return part
    }
  }
}

extension Slice: FieldRule {
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    guard var field = context.only(0), let starts = try context.integers(1),
      let ends = try context.integers(2)
    else { return nil }
    let slices = try Self.resolve(
      shape: context.shape(0), starts: starts, ends: ends, axes: try context.integers(3),
      steps: try context.integers(4))
    for (axis, slice) in slices.enumerated() {
      guard case .spatial(let spatial) = field.roles[axis] else { continue }
      guard slice.step > 0 else { return [field.scattered()] }
      field.axes[spatial] = field.axes[spatial].sliced(first: slice.start, step: slice.step)
    }
    return [field]
  }
}

extension Pad: FieldRule {
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    guard var field = context.only(0), let pads = try context.integers(1) else { return nil }
    let (begin, end) = try Self.resolve(
      rank: field.roles.count, pads: pads, axes: try context.integers(3))
    for axis in field.roles.indices {
      guard case .spatial(let spatial) = field.roles[axis] else { continue }
      let stride = field.axes[spatial].stride
      field.axes[spatial] = field.axes[spatial].sliced(first: -begin[axis], step: 1)
      // How far from their own place padded positions read.
      let (before, after) = (Double(max(begin[axis], 0)), Double(max(end[axis], 0)))
      switch mode {
      case .constant: continue
      case .edge:
        field.axes[spatial].high += before * stride
        field.axes[spatial].low -= after * stride
      case .reflect:
        field.axes[spatial].high += 2 * before * stride
        field.axes[spatial].low -= 2 * after * stride
      case .wrap: if before + after > 0 { return nil }
      }
    }
    return [field]
  }
}

extension Transpose: FieldRule {
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    guard let field = context.only(0) else { return nil }
    let order = permutation ?? field.roles.indices.reversed()
    return [field.with(roles: order.map { field.roles[$0] })]
  }
}

extension Tile: FieldRule {
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    guard let field = context.only(0) else { return nil }
    let repeated = zip(context.shape(0), context.outputs[0].shape).map { $0 != $1 }
    let roles = zip(field.roles, repeated).map { $0 != .other && $1 ? .scattered : $0 }
    return [field.with(roles: roles)]
  }
}

extension Gather: FieldRule {
  func fields(_ context: FieldContext) throws -> [LocalField]? {
    guard let field = context.only(0) else { return nil }
    let axis = try Axes.resolve(axis, rank: field.roles.count)
    let taken = [LocalField.Role](
      repeating: field.roles[axis] == .other ? .other : .scattered,
      count: context.shape(1).count)
    var roles = field.roles
    roles.replaceSubrange(axis...axis, with: taken)
    // One position of a spatial axis: nothing is left that says where it lies.
    return [field.with(roles: roles)]
  }
}

/// An operator that keeps the elements in order under another shape.
private protocol ReshapingRule: FieldRule {}

extension ReshapingRule {
  func fields(_ context: FieldContext) -> [LocalField]? {
    guard let field = context.only(0) else { return nil }
    return [field.reshaped(from: context.shape(0), to: context.outputs[0].shape)]
  }
}

extension Reshape: ReshapingRule {}
extension Flatten: ReshapingRule {}
extension Squeeze: ReshapingRule {}
extension Unsqueeze: ReshapingRule {}

extension LocalField {
  /// The field after a reshape: axes that stay whole keep their roles; axes merged or cut stay
  /// `.other` when all of them were, and are scattered otherwise.
  fileprivate func reshaped(from: [Int], to: [Int]) -> LocalField {
    var target = [Role](repeating: .other, count: to.count)
    guard !from.contains(0) else { return with(roles: target.map { _ in .scattered }) }
    // Axes of size 1 belong anywhere; the others fall into groups of equal products.
    var sources = from.indices.filter { from[$0] != 1 }[...]
    var targets = to.indices.filter { to[$0] != 1 }[...]
    while let source = sources.popFirst(), let first = targets.popFirst() {
      var (read, written) = (from[source], to[first])
      var (group, places) = ([source], [first])
      while read != written {
        if read < written, let next = sources.popFirst() {
          read *= from[next]
          group.append(next)
        } else if let next = targets.popFirst() {
          written *= to[next]
          places.append(next)
        } else {
          break
        }
      }
      let isPlain = group.allSatisfy { roles[$0] == .other }
      let role: Role =
        group.count == 1 && places.count == 1
        ? roles[group[0]] : isPlain ? .other : .scattered
      for place in places { target[place] = role }
    }
    return with(roles: target)
  }
}
