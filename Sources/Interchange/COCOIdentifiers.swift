package import StrictJSON

/// The numbers that a COCO results file uses for pictures and classes.
package struct COCOIdentifiers: Sendable {
  /// Picture numbers by file name, in bytes: names that differ only in how Unicode composes their
  /// characters are different files.
  private var imageIDs: [[UInt8]: Int]
  /// Category numbers by canonical class name; `nil` when `class_id + 1` stands for them.
  private var categoryIDs: [String: Int]?
  private let canonicalName: @Sendable (String) -> String

  /// Without an annotations file: a picture's number is its index, from 0, among the distinct
  /// paths in byte order; a category's is `class_id + 1`.
  package init(paths: [[UInt8]]) {
    imageIDs = [:]
    let sorted = Set(paths).sorted { $0.lexicographicallyPrecedes($1) }
    for (index, path) in sorted.enumerated() {
      imageIDs[path] = index
    }
    canonicalName = { $0 }
  }

  /// With an annotations file in COCO's format: numbers by file name and class name.
  ///
  /// - Parameters:
  ///   - annotations: An object with `images` (`id`, `file_name`) and `categories` (`id`, `name`).
  ///   - canonicalName: Gives one spelling to the aliases of a class.
  /// - Throws: `COCOError` for a missing or ill-typed member and for a name given twice.
  package init(
    annotations: JSONValue, canonicalName: @escaping @Sendable (String) -> String
  ) throws(COCOError) {
    imageIDs = try Self.table(annotations, list: "images", name: "file_name") { Array($0.utf8) }
    categoryIDs = try Self.table(annotations, list: "categories", name: "name", key: canonicalName)
    self.canonicalName = canonicalName
  }

  /// The picture's number. With annotations the longest trailing part of the path that is a file
  /// name there decides: `a/val/1.jpg` is looked up as itself, `val/1.jpg` and `1.jpg`.
  ///
  /// - Throws: `Failure` of kind `data` when there is none.
  package func imageID(path: [UInt8]) throws(Failure) -> Int {
    if categoryIDs == nil {
      guard let id = imageIDs[path] else {
        throw Failure(.internal, "path is not among the inputs")
      }
      return id
    }
    let separator = UInt8(ascii: "/")
    let parts = path.split(separator: separator)
    for start in parts.indices {
      if let id = imageIDs[Array(parts[start...].joined(separator: [separator]))] { return id }
    }
    throw Failure(.data, "the annotations have no image of this file name")
  }

  /// The category's number; `nil` when the annotations do not have the class.
  package func categoryID(classID: Int, className: String) -> Int? {
    guard let categoryIDs else { return classID + 1 }
    return categoryIDs[canonicalName(className)]
  }

  /// The names among `classNames` that the annotations do not have.
  package func unknownClasses(among classNames: [String]) -> [String] {
    guard let categoryIDs else { return [] }
    return classNames.filter { categoryIDs[canonicalName($0)] == nil }
  }

  private static func table<Key: Hashable>(
    _ annotations: JSONValue, list: String, name: String, key: (String) -> Key
  ) throws(COCOError) -> [Key: Int] {
    guard let entries = annotations[list]?.arrayValue else { throw COCOError.missing(list) }
    var table: [Key: Int] = [:]
    for (index, entry) in entries.enumerated() {
      guard let id = entry["id"]?.intValue else {
        throw COCOError.missing("\(list)[\(index)].id (an integer)")
      }
      guard let text = entry[name]?.stringValue else {
        throw COCOError.missing("\(list)[\(index)].\(name) (a string)")
      }
      guard table.updateValue(id, forKey: key(text)) == nil else {
        throw COCOError.repeated("\(list)[\(index)].\(name)", text)
      }
    }
    return table
  }
}

/// Why a file is refused as COCO annotations.
package enum COCOError: Error, Hashable, Sendable, CustomStringConvertible {
  case missing(String)
  case repeated(String, String)

  package var description: String {
    switch self {
    case .missing(let member): "not COCO annotations: \(member) is missing"
    case .repeated(let member, let name): "\(member): \"\(name)\" is given twice"
    }
  }
}
