internal import Geometry
internal import StrictJSON

/// Reads annotations in COCO's format (cocodataset.org, "Data Format").
///
///     {"images":[{"id","file_name","width","height"}], "categories":[{"id","name"}],
///      "annotations":[{"image_id","category_id","bbox":[x,y,width,height],"area","iscrowd"}]}
///
/// Identifiers are whole numbers or strings. Without `area` the box's counts. An annotation's
/// `ignore` has no meaning, as in COCO's own program; `iscrowd` has.
package enum COCODataSet {
  /// - Parameters:
  ///   - path: For messages.
  ///   - leniency: Takes annotations, pictures and categories that are left out.
  /// - Throws: `AnnotationError` with the line.
  package static func read(
    _ bytes: [UInt8], path: String, leniency: inout Leniency
  ) throws(AnnotationError) -> DataSet {
    let document: JSONValue
    do {
      document = try JSONReader.parse(bytes)
    } catch {
      throw AnnotationError(path: path, line: error.line, "\(error)")
    }
    var reading = Reading(document: document, bytes: bytes, path: path, leniency: leniency)
    defer { leniency = reading.leniency }
    return try reading.dataSet()
  }

  private struct Reading {
    let document: JSONValue
    let bytes: [UInt8]
    let path: String
    var leniency: Leniency
    var list = ""
    var index = 0

    mutating func dataSet() throws(AnnotationError) -> DataSet {
      var set = DataSet(categories: try categories(), pictures: try pictures())
      set.categories.sort { $0.identifier < $1.identifier }
      set.pictures.sort { $0.identifier < $1.identifier }
      try addObjects(to: &set)
      return set
    }

    private func elements(_ name: String) throws(AnnotationError) -> [JSONValue] {
      guard let elements = document[name]?.arrayValue else {
        throw AnnotationError(path: path, line: nil, "not COCO annotations: no array \"\(name)\"")
      }
      return elements
    }

    /// Refuses the current element.
    private mutating func refuse(_ detail: String) throws(AnnotationError) {
      let line = JSONElementLines.line(of: index, in: list, bytes: bytes)
      try leniency.refuse(
        AnnotationError(path: path, line: line, "\(list)[\(index)]: \(detail)"))
    }

    private mutating func categories() throws(AnnotationError) -> [DataSet.Category] {
      var categories: [DataSet.Category] = []
      var seen: Set<DataSet.Identifier> = []
      var names: Set<String> = []
      list = "categories"
      for (position, element) in try elements(list).enumerated() {
        index = position
        guard let identifier = DataSet.Identifier(element["id"]) else {
          try refuse("id is not a whole number or a string")
          continue
        }
        guard let name = element["name"]?.stringValue else {
          try refuse("name is not a string")
          continue
        }
        guard seen.insert(identifier).inserted, names.insert(name).inserted else {
          try refuse("id \(identifier) or name \"\(name)\" is given twice")
          continue
        }
        categories.append(.init(identifier: identifier, name: name))
      }
      return categories
    }

    private mutating func pictures() throws(AnnotationError) -> [DataSet.Picture] {
      var pictures: [DataSet.Picture] = []
      var seen: Set<DataSet.Identifier> = []
      list = "images"
      for (position, element) in try elements(list).enumerated() {
        index = position
        guard let identifier = DataSet.Identifier(element["id"]) else {
          try refuse("id is not a whole number or a string")
          continue
        }
        guard let fileName = element["file_name"]?.stringValue else {
          try refuse("file_name is not a string")
          continue
        }
        guard seen.insert(identifier).inserted else {
          try refuse("id \(identifier) is given twice")
          continue
        }
        var size: Size?
        if let width = element["width"]?.intValue, let height = element["height"]?.intValue,
          width > 0, height > 0
        {
          size = Size(width: width, height: height)
        }
        pictures.append(.init(identifier: identifier, fileName: fileName, size: size))
      }
      return pictures
    }

    private mutating func addObjects(to set: inout DataSet) throws(AnnotationError) {
      let categories = set.categories.enumerated().map { ($1.identifier, $0) }
      let categoryIndices = Dictionary(categories) { first, _ in first }
      let pictures = set.pictures.enumerated().map { ($1.identifier, $0) }
      let pictureIndices = Dictionary(pictures) { first, _ in first }
      list = "annotations"
      for (position, element) in try elements(list).enumerated() {
        index = position
        guard let imageID = DataSet.Identifier(element["image_id"]),
          let picture = pictureIndices[imageID]
        else {
          try refuse("image_id is not the id of an image")
          continue
        }
        guard let categoryID = DataSet.Identifier(element["category_id"]),
          let category = categoryIndices[categoryID]
        else {
          try refuse("category_id is not the id of a category")
          continue
        }
        guard let box = OriginSizeBox(coco: element["bbox"]) else {
          try refuse("bbox is not [x, y, width, height] with sides of at least 0")
          continue
        }
        let area: Double
        switch element["area"] {
        case nil, .null: area = box.area
        case let value?:
          guard let number = value.doubleValue, number >= 0 else {
            try refuse("area is not a number of at least 0")
            continue
          }
          area = number
        }
        let isCrowd: Bool
        switch element["iscrowd"] {
        case nil, .null, .bool(false), .integer(0): isCrowd = false
        case .bool(true), .integer(1): isCrowd = true
        default:
          try refuse("iscrowd is not 0 or 1")
          continue
        }
        set.pictures[picture].objects.append(
          .init(box: box, category: category, area: area, isCrowd: isCrowd))
      }
    }
  }
}

extension DataSet.Identifier {
  init?(_ value: JSONValue?) {
    switch value {
    case .integer(let number): self = .number(number)
    case .string(let text): self = .text(text)
    default: return nil
    }
  }
}

extension OriginSizeBox {
  /// The largest coordinate taken; products of two stay far from overflow.
  static let coordinateLimit = 1e9

  /// `[x, y, width, height]`; `nil` for anything else, sides below 0 and numbers out of range.
  init?(coco value: JSONValue?) {
    guard let parts = value?.arrayValue, parts.count == 4 else { return nil }
    let numbers = parts.compactMap(\.doubleValue)
    guard numbers.count == 4, numbers.allSatisfy({ abs($0) <= Self.coordinateLimit }),
      numbers[2] >= 0, numbers[3] >= 0
    else { return nil }
    self.init(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
  }
}

extension JSONError {
  /// Where in the text, for what is wrong in one place of it.
  var line: Int? {
    switch self {
    case .syntax(let place, _), .invalidUTF8(let place), .loneSurrogate(let place),
      .numberOutOfRange(let place, _), .duplicateKey(let place, _), .nestingTooDeep(let place, _):
      place.line
    case .tooLarge, .nonFinite, .valueTooDeep: nil
    }
  }
}
