/// What the elements of a value see of the network's input.
package enum ReceptiveField: Hashable, Sendable {
  /// Nothing: the value does not depend on the input.
  case independent
  case local(LocalField)
  /// Possibly everything: a node joins elements from all over the input (global pooling, attention),
  /// or its operator has no rule.
  case unbounded(node: String, operation: String)

  /// The fields along the input's spatial axes while the value is a map of them, else `nil`.
  package var mapAxes: [AxisField]? {
    if case .local(let field) = self, field.isMap { field.axes } else { nil }
  }
}

/// A bounded receptive field, and which axes of the value run along which axis of the input.
package struct LocalField: Hashable, Sendable {
  /// What the positions of one axis of a value are.
  package enum Role: Hashable, Sendable {
    /// Batch, channels, anchors: every position sees the same place.
    case other
    /// Positions along a spatial axis of the input, 0 being its first after `[N, C]`.
    case spatial(Int)
    /// Positions in some order that is no map any more (rows of a detection head).
    case scattered
  }

  /// One per spatial axis of the network's input. Of scattered values only `size` has a meaning.
  package var axes: [AxisField]
  /// One per axis of the value.
  package var roles: [Role]

  /// Whether each spatial axis of the input has its axis in the value.
  package var isMap: Bool {
    axes.indices.allSatisfy { roles.contains(.spatial($0)) } && !roles.contains(.scattered)
  }

  /// The same fields under other roles. One scattered axis scatters all: positions along the others
  /// no longer say where an element lies.
  func with(roles: [Role]) -> LocalField {
    var field = self
    field.roles = roles
    if roles.contains(.scattered) {
      field.roles = roles.map { $0 == .other ? .other : .scattered }
    }
    return field
  }

  /// The union of fields of values of one shape.
  ///
  /// - Returns: `nil` where an axis has different roles.
  func union(_ other: LocalField, shape: [Int]) -> LocalField? {
    guard roles == other.roles else { return nil }
    var field = self
    for axis in axes.indices {
      if let position = roles.firstIndex(of: .spatial(axis)) {
        field.axes[axis] = axes[axis].union(other.axes[axis], count: shape[position])
      } else {
        field.axes[axis].size = max(axes[axis].size, other.axes[axis].size)
      }
    }
    return field
  }
}
