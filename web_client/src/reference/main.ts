/** The page to read the OpenAPI document: a web component that takes it from the server it was loaded from. */
import 'rapidoc'
